"""Closed schemas of what Kubernetes itself does not define, as far as the chart uses it.

Sources: Gateway API v1 (HTTPRouteSpec), Prometheus operator API reference (ServiceMonitorSpec, PodMonitorSpec,
PrometheusRuleSpec).
"""

from typing import Any

NAME = {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$"}
LABELS = {"type": "object", "additionalProperties": {"type": "string", "maxLength": 63}}
TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
PORT = {"type": "integer", "minimum": 1, "maximum": 65535}
OF_PROMETHEUS = {"type": "string", "pattern": r"^(([0-9]+)(ms|s|m|h|d|w|y))+$"}
OF_GATEWAY = {"type": "string", "pattern": r"^([0-9]{1,5}(h|m|s|ms)){1,4}$"}
HOST = {"type": "string", "pattern": r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"}


def closed(*required: str, **properties: Any) -> dict[str, Any]:
    """Describe an object that has these members and no other."""
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


def _several(of: Any, least: int = 1, most: int = 1000) -> dict[str, Any]:
    return {"type": "array", "items": of, "minItems": least, "maxItems": most}


def _object(group_version: str, kind: str, spec: Any) -> dict[str, Any]:
    metadata = closed("name", "namespace", name=NAME, namespace=NAME, labels=LABELS, annotations=TEXTS)
    return closed(
        "apiVersion", "kind", "metadata", "spec",
        apiVersion={"const": group_version}, kind={"const": kind}, metadata=metadata, spec=spec,
    )  # fmt: skip


PATH = closed("type", "value", type={"enum": ["Exact", "PathPrefix"]}, value={"type": "string", "pattern": "^/"})
RULE = closed(
    "matches", "backendRefs",
    matches=_several(closed("path", path=PATH), most=64),
    backendRefs=_several(closed("name", "port", name=NAME, port=PORT), most=16),
    timeouts=closed(request=OF_GATEWAY, backendRequest=OF_GATEWAY),
)  # fmt: skip
HTTP_ROUTE = closed(
    "parentRefs", "rules",
    parentRefs=_several(closed("name", name=NAME, namespace=NAME, sectionName=NAME, port=PORT), most=32),
    hostnames=_several(HOST, most=16),
    rules=_several(RULE, most=16),
)  # fmt: skip

RELABELING = closed(
    sourceLabels=_several({"type": "string"}), targetLabel={"type": "string"}, regex={"type": "string"},
    replacement={"type": "string"}, separator={"type": "string"}, modulus={"type": "integer"},
    action={"enum": ["replace", "keep", "drop", "hashmod", "labelmap", "labeldrop", "labelkeep"]},
)  # fmt: skip
ENDPOINT = closed(
    "port", "path",
    port={"type": "string"}, path={"type": "string", "pattern": "^/"}, interval=OF_PROMETHEUS,
    scrapeTimeout=OF_PROMETHEUS, relabelings=_several(RELABELING), metricRelabelings=_several(RELABELING),
)  # fmt: skip
SERVICE_MONITOR = closed(
    "selector", "endpoints",
    selector=closed("matchLabels", matchLabels=LABELS),
    namespaceSelector=closed("matchNames", matchNames=_several(NAME)),
    endpoints=_several(ENDPOINT),
)  # fmt: skip
POD_MONITOR = closed(
    "selector", "podMetricsEndpoints",
    selector=closed("matchLabels", matchLabels=LABELS),
    namespaceSelector=closed("matchNames", matchNames=_several(NAME)),
    podMetricsEndpoints=_several(ENDPOINT),
)  # fmt: skip

EXPRESSION = {"anyOf": [{"type": "string", "minLength": 1}, {"type": "integer"}]}
ALERT = closed(
    "alert", "expr",
    alert={"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}, expr=EXPRESSION, labels=TEXTS,
    annotations=TEXTS, **{"for": OF_PROMETHEUS, "keep_firing_for": OF_PROMETHEUS},
)  # fmt: skip
RECORD = closed("record", "expr", record={"type": "string", "minLength": 1}, expr=EXPRESSION, labels=TEXTS)
GROUP = closed(
    "name", "rules",
    name={"type": "string", "minLength": 1}, interval=OF_PROMETHEUS, limit={"type": "integer"}, labels=TEXTS,
    rules=_several({"anyOf": [ALERT, RECORD]}),
)  # fmt: skip

GATEWAY, MONITORING = "gateway.networking.k8s.io/v1", "monitoring.coreos.com/v1"
CUSTOM: dict[tuple[str, str], dict[str, Any]] = {
    (GATEWAY, "HTTPRoute"): _object(GATEWAY, "HTTPRoute", HTTP_ROUTE),
    (MONITORING, "ServiceMonitor"): _object(MONITORING, "ServiceMonitor", SERVICE_MONITOR),
    (MONITORING, "PodMonitor"): _object(MONITORING, "PodMonitor", POD_MONITOR),
    (MONITORING, "PrometheusRule"): _object(MONITORING, "PrometheusRule", closed("groups", groups=_several(GROUP))),
}
