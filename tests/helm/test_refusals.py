"""What the chart refuses, and that it says where, and why, before anything is applied."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.chart.engine import CHART, Engine, Refusal
from tests.support.chart.values import POSTGRESQL, read, values_of

ROUTERS = "files/routers/content"
GIT = {"enabled": True, "repository": "https://git.example.com/flags", "token": {"secretName": "flags-git"}}
SSH = {**GIT, "repository": "git@git.example.com:flags"}
FORMS = "gitops.repository: expected https://…, ssh://… or git@HOST:PATH"
REFUSED: list[tuple[str, dict[str, Any], list[str]]] = [
    ("three pods on SQLite", {"replicas": 3}, ["'/replicas'", "SQLite serves one process", "postgresql"]),
    ("autoscaling on SQLite", {"autoscaling": {"enabled": True}}, ["'/autoscaling/enabled'", "SQLite"]),
    ("a Job for SQLite", {"migrations": {"mode": "hook"}}, ["'/migrations/mode'", "SQLite is migrated by init"]),
    ("an address without PostgreSQL", {"secrets": {"databaseUrl": {"value": "postgresql://x"}}},
     ["'/secrets/databaseUrl/value'", "database.type has to be postgresql"]),
    ("PostgreSQL without an address", {"database": {"type": "postgresql"}}, ["'/secrets/databaseUrl/value'"]),
    ("an unknown database", {"database": {"type": "mysql"}}, ["'/database/type'", "'sqlite', 'postgresql'"]),
    ("a misspelt member", {"replica": 2}, ["additional properties 'replica' not allowed"]),
    ("a misspelt member further in", {"image": {"tags": "1"}}, ["'/image'", "'tags'"]),
    ("a setting that there is not", {"settings": {"logLevels": "info"}}, ["'/settings'", "'logLevels'"]),
    ("a setting out of bounds", {"settings": {"streamLimit": 0}}, ["'/settings/streamLimit'", "minimum"]),
    ("a log level that there is not", {"settings": {"logLevel": "loud"}}, ["'/settings/logLevel'"]),
    ("everybody as a proxy", {"settings": {"trustedProxies": "10.0.0.0/8,0.0.0.0/0"}},
     ["settings.trustedProxies: everybody"]),
    ("a secret from two places", {"secrets": {"redisUrl": {"value": "redis://x", "secretName": "y"}}},
     ["'/secrets/redisUrl/value'", "give one of them"]),
    ("a file from two places", {"files": {"notifiers": {"configMapName": "x", "secretName": "y"}}},
     ["'/files/notifiers/configMapName'", "give one of them"]),
    ("an unknown kind of router", {"files": {"routers": {"content": {"edge": {"kind": "haproxy"}}}}},
     [f"'/{ROUTERS}/edge/kind'", "'haproxy-map'"]),
    ("a router of the cluster without its route", {"files": {"routers": {"content": {"edge": {
        "kind": "kubernetes-httproute", "namespace": "shop"}}}}}, [f"'/{ROUTERS}/edge'", "'route'"]),
    ("a router with a name that is none", {"files": {"routers": {"content": {"the edge": {"kind": "none"}}}}},
     [f"'/{ROUTERS}'", "'the edge'"]),
    ("a router without a namespace", {"files": {"routers": {"content": {"edge": {"kind": "istio",
        "virtual_service": "x"}}}}}, [f"'/{ROUTERS}/edge'", "'namespace'"]),
    ("an Ingress for nobody", {"ingress": {"enabled": True}}, ["'/ingress/hosts'", "minItems"]),
    ("an HTTPRoute without a gateway", {"httpRoute": {"enabled": True}}, ["'/httpRoute/parentRefs'", "minItems"]),
    ("a path without a slash", {"ingress": {"paths": ["api"]}}, ["'/ingress/paths/0'"]),
    ("a digest that is none", {"image": {"digest": "sha256:12"}}, ["'/image/digest'"]),
    ("a port that is none", {"service": {"port": 70000}}, ["'/service/port'", "65,535"]),
    ("a user with all rights", {"security": {"userId": 0}}, ["'/security/userId'", "minimum"]),
    ("a label of our own", {"podLabels": {"app.kubernetes.io/name": "x"}},
     ["'/podLabels/app.kubernetes.io~1name'", "set by the chart itself"]),
    ("a probe of another path", {"probes": {"liveness": {"path": "/health"}}}, ["'/probes/liveness'", "'path'"]),
    ("text for a number", {"replicas": "2"}, ["'/replicas'"]),
    ("an end before the service is done", {"shutdown": {"graceSeconds": 20}},
     ["shutdown.graceSeconds: 20 is less than", "(30)"]),
    ("no token for a router that needs one", {**values_of("router-istio"), "serviceAccount": {"token": "none"}},
     ["serviceAccount.token: none", "mesh, plain"]),
    ("a smoke test without a token", {"smoke": {"enabled": True}}, ["smoke.enabled: flagctl smoke needs a token"]),
    ("a range that is none", {**POSTGRESQL, "autoscaling": {"enabled": True, "minReplicas": 9}},
     ["autoscaling.minReplicas: greater than"]),
    ("nothing to scale by", {**POSTGRESQL, "autoscaling": {"enabled": True, "cpuUtilization": None}},
     ["autoscaling: nothing to scale by"]),
    ("another database behind the address", {"database": {"type": "postgresql"}, "secrets": {"databaseUrl": {
        "value": "mysql://x"}}}, ["secrets.databaseUrl.value: expected postgresql://"]),
    ("another database to migrate", {**POSTGRESQL, "migrations": {"databaseUrl": {"value": "postgres://x"}}},
     ["migrations.databaseUrl.value: expected postgresql://"]),
    ("no address of Redis", {"secrets": {"redisUrl": {"value": "http://x"}}},
     ["secrets.redisUrl.value: expected redis"]),
    ("a token that the service would refuse", {"secrets": {"adminToken": {"value": "a-short-one"}}},
     ["secrets.adminToken.value: expected 16 to 512 visible ASCII characters"]),
    ("a sample token that the service would refuse", {"secrets": {"sampleToken": {"value": "with a space in it"}}},
     ["secrets.sampleToken.value: expected 16 to 512"]),
    ("metrics on the port of the pods", {"metrics": {"port": 8080}}, ["metrics.port: 8080 is that of the pods"]),
    ("one port for two", {"service": {"port": 9090}, "metrics": {"port": 9090}},
     ["metrics.port: 9090 is service.port already"]),
    ("a port of nodes for a Service without", {"service": {"nodePort": 30080}},
     ["service.nodePort: service.type ClusterIP has none"]),
    ("clients of a balancer that there is not", {"service": {"loadBalancerSourceRanges": ["10.0.0.0/8"]}},
     ["service.loadBalancerSourceRanges: service.type has to be LoadBalancer"]),
    ("a scrape that takes longer than till the next", {"metrics": {"serviceMonitor": {
        "enabled": True, "interval": "5s"}}}, ["metrics.serviceMonitor.scrapeTimeout: 10s", "interval, 5s"]),
    ("the same in other words", {"metrics": {"serviceMonitor": {
        "enabled": True, "interval": "1m", "scrapeTimeout": "1m500ms"}}}, ["scrapeTimeout: 1m500ms"]),
    ("rights for everybody's account", {**values_of("router-istio"), "serviceAccount": {"create": False}},
     ["serviceAccount.name: needed", "every pod of the namespace"]),
    ("a share of nothing", {**POSTGRESQL, "autoscaling": {"enabled": True}, "resources": {"requests": {"cpu": None}}},
     ["autoscaling.cpuUtilization: a share of resources.requests.cpu, which is empty"]),
    ("a share of no memory", {**POSTGRESQL, "resources": {"requests": None}, "autoscaling": {
        "enabled": True, "cpuUtilization": None, "memoryUtilization": 80}}, ["autoscaling.memoryUtilization: a share"]),
    ("an update without a way", {**POSTGRESQL, "updateStrategy": {"maxSurge": "0%", "maxUnavailable": 0}},
     ["updateStrategy: maxSurge and maxUnavailable are both 0"]),
    ("Git without a repository", {"gitops": {**GIT, "repository": ""}}, ["gitops.repository: needed"]),
    ("Git without a token", {"gitops": {**GIT, "token": {}}}, ["gitops.token: needed", "all environments"]),
    ("a token for Git that the service would refuse", {"gitops": {**GIT, "token": {"value": "a-short-one"}}},
     ["gitops.token.value: expected 16 to 512"]),
    ("a token for Git from two places", {"gitops": {**GIT, "token": {"value": "x", "secretName": "y"}}},
     ["'/gitops/token/value'", "give one of them"]),
    *((f"a repository that is none: {one}", {"gitops": {**GIT, "repository": one}}, [FORMS]) for one in (
        "http://git.example.com/flags", "git://git.example.com/flags", "file:///flags", "/flags", "team/flags",
        "https://git.example.com", "https://git.example.com/a b", "git@git.example.com/flags", "ssh://git@:22/flags",
        "ssh://git:word@git.example.com/flags", "git@git.example.com:flags --upload-pack=x")),
    ("a password in the address", {"gitops": {**GIT, "repository": "https://me:word@git.example.com/flags"}},
     ["gitops.repository: a user or password", "give them in credentials"]),
    ("SSH without credentials", {"gitops": SSH}, ["gitops.credentials: a repository by SSH needs kind: ssh"]),
    ("SSH with a password", {"gitops": {**SSH, "credentials": {"kind": "password", "secretName": "x"}}},
     ["gitops.credentials: a repository by SSH needs kind: ssh"]),
    ("SSH without its Secret", {"gitops": {**SSH, "credentials": {"kind": "ssh"}}}, ["and secretName of the Secret"]),
    ("a key for HTTPS", {"gitops": {**GIT, "credentials": {"kind": "ssh", "secretName": "x"}}},
     ["gitops.credentials.kind: ssh, but gitops.repository is https://"]),
    ("a password without its Secret", {"gitops": {**GIT, "credentials": {"kind": "password"}}},
     ["gitops.credentials.secretName: needed"]),
    ("a Secret for nothing", {"gitops": {**GIT, "credentials": {"secretName": "x"}}},
     ["gitops.credentials.kind: none, but there is a secretName"]),
    ("credentials of a kind that there is not", {"gitops": {"credentials": {"kind": "token"}}},
     ["'/gitops/credentials/kind'"]),
    ("a mode that there is not", {"gitops": {"mode": "watch"}}, ["'/gitops/mode'", "'enforce', 'detect'"]),
    ("an interval without a unit", {"gitops": {"interval": "30"}}, ["'/gitops/interval'"]),
    ("no time between", {"gitops": {"interval": "0s"}}, ["'/gitops/interval'"]),
    ("a folder outside", {"gitops": {"path": "flags/../../etc"}}, ["'/gitops/path'"]),
    ("a folder from the root", {"gitops": {"path": "/flags"}}, ["'/gitops/path'"]),
    ("a branch that is an option", {"gitops": {"ref": "--upload-pack=x"}}, ["'/gitops/ref'"]),
    ("no branch", {"gitops": {"ref": ""}}, ["'/gitops/ref'"]),
    ("git-sync without a tag", {"gitops": {"image": {"tag": ""}}}, ["'/gitops/image/tag'"]),
]  # fmt: skip


@pytest.mark.parametrize(("values", "said"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_bad_values_are_refused_with_the_place(engine: Engine, values: dict[str, Any], said: list[str]) -> None:
    with pytest.raises(Refusal) as refusal:
        engine.render(values)

    assert all(words in str(refusal.value) for words in said), str(refusal.value)


@pytest.mark.parametrize(("interval", "timeout"), [("15s", "15s"), ("1m", "59s"), ("1h", "1m30s"), ("1s", "900ms")])
def test_a_scrape_may_take_till_the_next(engine: Engine, interval: str, timeout: str) -> None:
    monitor = {"enabled": True, "interval": interval, "scrapeTimeout": timeout}

    (endpoint,) = engine.render({"metrics": {"serviceMonitor": monitor}}).one("ServiceMonitor")["spec"]["endpoints"]

    assert (endpoint["interval"], endpoint["scrapeTimeout"]) == (interval, timeout)


@pytest.mark.parametrize("scheme", ["redis", "rediss", "redis+sentinel", "rediss+cluster", "unix"])
def test_every_kind_of_redis_is_taken(engine: Engine, scheme: str) -> None:
    assert engine.render({"secrets": {"redisUrl": {"value": f"{scheme}://x/y\n"}}}).all("Secret")


def test_a_refusal_never_repeats_a_secret(engine: Engine) -> None:
    secret = "mysql://user:a-password@db"  # noqa: S105  # of nobody
    values = {"database": {"type": "postgresql"}, "secrets": {"databaseUrl": {"value": secret, "secretName": "x"}}}

    others: list[dict[str, Any]] = [
        {"database": {"type": "postgresql"}, "secrets": {"databaseUrl": {"value": secret}}},
        {**POSTGRESQL, "migrations": {"databaseUrl": {"value": secret}}},
        {"secrets": {"redisUrl": {"value": secret}}},
        {"secrets": {"adminToken": {"value": "a-password"}}},
        {"gitops": {**GIT, "token": {"value": "a-password"}}},
        {"gitops": {**GIT, "repository": "https://user:a-password@git.example.com/flags"}},
        {"gitops": {**GIT, "repository": "ssh://user:a-password@git.example.com/flags"}},
    ]

    for given in (values, *others):
        with pytest.raises(Refusal) as refusal:
            engine.render(given)
        assert "a-password" not in str(refusal.value)


FOREIGN = {
    "/global",  # of an umbrella chart
    "/affinity", "/autoscaling/behavior", "$defs/objects/[]",  # Kubernetes' own
    "/extraEnv/[]", "/extraVolumes/[]", "/extraVolumeMounts/[]", "/extraContainers/[]", "/extraInitContainers/[]",
    # options are of the kind, and the service itself refuses those that it does not know
    "$defs/router", "/files/metricSources/content/*", "/files/notifiers/content/*",
}  # fmt: skip


def open_places(schema: dict[str, Any], place: str = "") -> Iterator[str]:
    """Give every place that takes members which the schema does not name."""
    if schema.get("type") == "object" and schema.get("additionalProperties", True) is True:
        yield place
    for name, within in schema.get("properties", {}).items():
        yield from open_places(within, f"{place}/{name}")
    for within in schema.get("patternProperties", {}).values():
        yield from open_places(within, f"{place}/*")
    if "items" in schema:
        yield from open_places(schema["items"], f"{place}/[]")


def test_every_place_of_ours_is_closed() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    within = [place for name, one in schema["$defs"].items() for place in open_places(one, f"$defs/{name}")]

    assert {*open_places(schema), *within} == FOREIGN


def test_the_schema_names_every_value_and_no_other() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    values = read((CHART / "values.yaml").read_text())

    assert set(schema["properties"]) - {"global"} == set(values)
    assert unnamed(schema, values, schema["$defs"]) == []


def unnamed(schema: dict[str, Any], values: dict[str, Any], known: dict[str, Any], place: str = "") -> list[str]:
    """Give what the schema has and values.yaml has not, where the schema is closed."""
    schema = known[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if schema.get("additionalProperties", True) is not False or "patternProperties" in schema:
        return []
    missing = [f"{place}/{name}" for name in schema["properties"] if name != "global" and name not in values]
    for name, value in values.items():
        missing += (
            unnamed(schema["properties"][name], value, known, f"{place}/{name}") if isinstance(value, dict) else []
        )
    return missing
