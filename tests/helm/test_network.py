"""The network: nothing in or out but what is named; from outside only what is for outside."""

from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from flagsvc.http.admin import OPERATIONS
from flagsvc.http.console import BASE
from flagsvc.http.feed import CHANGES, SNAPSHOT
from flagsvc.http.feed_usage import USAGE
from flagsvc.http.live import STREAM
from flagsvc.http.ofrep import PREFIX as OFREP
from flagsvc.http.traffic import PREFIX as TRAFFIC
from flagsvc.http.xds import ROUTES as XDS
from tests.support.chart.engine import CHART, Engine
from tests.support.chart.values import SETS, values_of

HOT = {prefix.decode().rstrip("/") for prefix in (OFREP, TRAFFIC)}
FOR_OUTSIDE = {BASE, CHANGES, SNAPSHOT, USAGE, STREAM, *HOT}
FOR_INSIDE = {"/metrics", "/health", "/health/live", "/health/ready", "/docs", "/openapi.json", XDS}
METRICS = {"metrics-apart": [9090]}
ELSEWHERE = {name for name in SETS if values_of(name).get("networkPolicy", {}).get("enabled") is False}


def policy(engine: Engine, name: str) -> dict[str, Any]:
    release = engine.render(values_of(name))
    spec: dict[str, Any] = release.one("NetworkPolicy", release.deployment["metadata"]["name"])["spec"]
    return spec


def egress(engine: Engine, name: str) -> list[set[int]]:
    return [{port["port"] for port in rule["ports"]} for rule in policy(engine, name)["egress"]]


@pytest.mark.parametrize("name", [name for name in SETS if name not in ELSEWHERE])
def test_everything_is_denied_that_no_rule_names(engine: Engine, name: str) -> None:
    spec = policy(engine, name)

    assert set(spec["policyTypes"]) == {"Ingress", "Egress"}
    assert all(rule["ports"] for rule in [*spec["ingress"], *spec["egress"]])
    assert [port["port"] for rule in spec["ingress"] for port in rule["ports"]] == [8080, *METRICS.get(name, [])]


@pytest.mark.parametrize(
    ("name", "ports"),
    [
        ("defaults", [{53}]),
        ("postgresql-three", [{53}, {5432}, {6379}]),
        ("sentinel", [{53}, {5432}, {6379, 26379}]),
        ("router-istio", [{53}, {443, 6443}]),
        ("router-deployments", [{53}, {6443}]),
        ("routers-elsewhere", [{53}, {443}]),
        ("metric-sources", [{53}, {9090}]),
        ("openshift", [{5353}]),
        ("tight-network", [{53}, {6432}, {6379}]),
    ],
)
def test_pods_reach_what_they_use_and_nothing_else(engine: Engine, name: str, ports: list[set[int]]) -> None:
    assert egress(engine, name) == ports


def test_peers_are_those_that_were_named(engine: Engine) -> None:
    spec = policy(engine, "tight-network")
    given = values_of("tight-network")["networkPolicy"]

    assert spec["ingress"][0]["from"][1:] == given["ingress"]["from"]
    assert [rule["to"] for rule in spec["egress"][1:]] == [
        given["egress"][name]["to"] for name in ("postgresql", "redis")
    ]


RESOLVERS = {
    "NodeLocal DNSCache": "169.254.20.10",
    "kubespray": "169.254.25.10",
    "GKE with Cloud DNS": "169.254.169.254",
    "AKS with LocalDNS": "169.254.10.11",
}
"""Name servers on the node, which are no pods, and so are chosen by no selector: what `resolv.conf` of a pod names."""


@pytest.mark.parametrize("resolver", RESOLVERS.values(), ids=list(RESOLVERS))
def test_the_name_service_on_a_node_is_in_reach(engine: Engine, resolver: str) -> None:
    names = next(rule for rule in policy(engine, "defaults")["egress"] if rule["ports"][0]["port"] == 53)
    blocks = [ip_network(peer["ipBlock"]["cidr"]) for peer in names["to"] if "ipBlock" in peer]

    assert any(ip_address(resolver) in block for block in blocks)
    assert all(block.is_link_local for block in blocks)


def test_the_policy_is_for_those_who_serve_and_lets_the_test_in(engine: Engine) -> None:
    release = engine.render(values_of("migrations-hook"))
    selector = policy(engine, "migrations-hook")["podSelector"]["matchLabels"]
    tester = policy(engine, "migrations-hook")["ingress"][0]["from"][0]["podSelector"]["matchLabels"]
    labels = {pod.owner: pod.metadata["labels"] for pod in release.pods}

    assert {owner for owner, found in labels.items() if selector.items() <= found.items()} == {release.server.owner}
    assert tester.items() <= labels["Pod/demo-flagsvc-test"].items()


@pytest.mark.parametrize("name", ["migrations-hook", "migrations-hook-own-role"])
def test_the_job_has_a_policy_that_is_there_before_it_and_not_the_one_of_the_release_before(
    engine: Engine, name: str
) -> None:
    """While the hook runs, the release's own policy is still the old one: without PostgreSQL, where SQLite was used."""
    release = engine.render(values_of(name))
    policy = release.one("NetworkPolicy", "demo-flagsvc-migrations")
    labels = release.one("Job")["spec"]["template"]["metadata"]["labels"]
    own, job = (one["metadata"]["annotations"] for one in (policy, release.one("Job")))
    served = release.one("NetworkPolicy", "demo-flagsvc")["spec"]["podSelector"]["matchLabels"]

    assert policy["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
    assert not served.items() <= labels.items()
    assert own["helm.sh/hook"] == job["helm.sh/hook"]
    assert int(own["helm.sh/hook-weight"]) < int(job["helm.sh/hook-weight"])
    assert [{port["port"] for port in rule["ports"]} for rule in policy["spec"]["egress"]] == [{53}, {5432}]
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in policy["spec"]


def test_the_job_reaches_what_was_opened_besides(engine: Engine) -> None:
    """What the way to PostgreSQL takes besides its port: a proxy of the cloud, for instance."""
    extra = [{"ports": [{"protocol": "TCP", "port": 3307}]}]
    values = {**values_of("migrations-hook"), "networkPolicy": {"egress": {"extra": extra}}}

    spec = engine.render(values).one("NetworkPolicy", "demo-flagsvc-migrations")["spec"]

    assert spec["egress"][2:] == extra


@pytest.mark.parametrize("change", [{"migrations": {"mode": "init"}}, {"networkPolicy": {"enabled": False}}])
def test_the_job_s_policy_is_there_for_the_job_alone(engine: Engine, change: dict[str, Any]) -> None:
    policies = engine.render({**values_of("migrations-hook"), **change}).all("NetworkPolicy")

    assert "demo-flagsvc-migrations" not in {one["metadata"]["name"] for one in policies}


FOLLOWER = "demo-flagsvc-gitops"


@pytest.mark.parametrize(
    ("name", "ports"), [("gitops-public", [{53}, {8080}, {443, 22}]), ("gitops-ssh", [{53}, {8080}, {2222}])]
)
def test_what_follows_git_reaches_git_and_the_service_and_nothing_else(
    engine: Engine, name: str, ports: list[set[int]]
) -> None:
    spec = engine.render(values_of(name)).one("NetworkPolicy", FOLLOWER)["spec"]
    _, service, git = spec["egress"]

    assert [{port["port"] for port in rule["ports"]} for rule in spec["egress"]] == ports
    assert service["to"] == [{"podSelector": policy(engine, name)["podSelector"]}]
    assert git.get("to", []) == values_of(name).get("networkPolicy", {}).get("egress", {}).get("git", {}).get("to", [])


@pytest.mark.parametrize("name", ["gitops-public", "gitops-password", "gitops-ssh"])
def test_the_service_lets_in_what_follows_git_whoever_else_may_ask(engine: Engine, name: str) -> None:
    values = {**values_of(name), "networkPolicy": {"ingress": {"from": []}}}
    release = engine.render(values)
    labels = release.one("Deployment", FOLLOWER)["spec"]["template"]["metadata"]["labels"]
    (rule,) = release.one("NetworkPolicy", "demo-flagsvc")["spec"]["ingress"]

    assert [port["port"] for port in rule["ports"]] == [8080]
    assert any(peer["podSelector"]["matchLabels"].items() <= labels.items() for peer in rule["from"])


@pytest.mark.parametrize(("name", "port"), [("gitops-public", 9464), ("gitops-ssh", 9999)])
def test_whoever_scrapes_reaches_what_follows_git_and_nobody_else(engine: Engine, name: str, port: int) -> None:
    spec = engine.render(values_of(name)).one("NetworkPolicy", FOLLOWER)["spec"]
    (rule,) = spec["ingress"]
    scrapers = values_of(name).get("networkPolicy", {}).get("ingress", {}).get("metricsFrom")

    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert rule["ports"] == [{"protocol": "TCP", "port": port}]
    assert rule["from"] == (scrapers or [{"namespaceSelector": {}}])


def test_where_nobody_may_scrape_nobody_reaches_what_follows_git(engine: Engine) -> None:
    """A rule without peers would be for everybody."""
    values = {**values_of("gitops-public"), "networkPolicy": {"ingress": {"from": []}}}

    assert "ingress" not in engine.render(values).one("NetworkPolicy", FOLLOWER)["spec"]


def test_what_follows_git_has_no_policy_where_the_service_has_none(engine: Engine) -> None:
    assert engine.render({**values_of("gitops-public"), "networkPolicy": {"enabled": False}}).all("NetworkPolicy") == []


def test_metrics_of_their_own_port_are_for_those_who_scrape(engine: Engine) -> None:
    _, metrics = policy(engine, "metrics-apart")["ingress"]

    assert metrics["from"][1:] == values_of("metrics-apart")["networkPolicy"]["ingress"]["metricsFrom"]


def let_in(path: str, prefixes: list[str]) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes)


@pytest.mark.parametrize("kind", ["ingress", "httpRoute"])
def test_what_is_for_outside_is_let_in_and_the_rest_is_not(engine: Engine, kind: str) -> None:
    prefixes = engine.ask("merged", str(CHART), {})[kind]["paths"]
    admin = {operation.path for operation in OPERATIONS}

    assert [path for path in FOR_OUTSIDE | admin if not let_in(path, prefixes)] == []
    assert [path for path in FOR_INSIDE if let_in(path, prefixes)] == []


def test_the_ingress_ends_tls_and_names_its_hosts(engine: Engine) -> None:
    spec = engine.render(values_of("ingress-nginx")).one("Ingress")["spec"]

    assert spec["ingressClassName"] == "nginx"
    assert (
        [rule["host"] for rule in spec["rules"]]
        == spec["tls"][0]["hosts"]
        == ["flags.example.com", "flags.example.org"]
    )
    assert {path["pathType"] for rule in spec["rules"] for path in rule["http"]["paths"]} == {"Prefix"}


def test_the_route_hangs_on_its_gateway(engine: Engine) -> None:
    spec = engine.render(values_of("gateway")).one("HTTPRoute")["spec"]

    assert spec["parentRefs"] == [{"name": "edge", "namespace": "gateways", "sectionName": "https"}]
    assert [match["path"]["value"] for match in spec["rules"][0]["matches"]] == ["/ofrep", "/sdk"]
    assert spec["rules"][0]["timeouts"] == {"request": "0s", "backendRequest": "0s"}
