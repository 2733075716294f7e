"""How a cluster is reached: every kind of credentials, over TLS, ended, rotated, refused, wrong."""

import base64
import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client as official
from kubernetes.config import load_kube_config

from flagsvc.domain.routing.errors import RouterError
from flagsvc.routers.common import kubeconfig, kubeplugin
from flagsvc.routers.common.kubernetes import Cluster, ClusterOptions, Resource
from tests.support.certificates import Certificates
from tests.support.kube.admin import Admin
from tests.support.kube.fake import ADMIN_TOKEN, USER, USER_TOKEN, FakeKube
from tests.support.link import HOLE, Link
from tests.support.timing import within

ROUTE = Resource("gateway.networking.k8s.io/v1", "httproutes", "shop", "shop")
RIGHTS = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r }
rules:
  - { apiGroups: [gateway.networking.k8s.io], resources: [httproutes], resourceNames: [shop], verbs: [get, patch] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: r }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: r }
subjects: [{ kind: ServiceAccount, name: flagsvc, namespace: flagsvc }, { kind: User, name: flagsvc client }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop }
spec: { rules: [{ name: a, backendRefs: [{ name: web, port: 80 }] }] }
"""
PLUGINS = ("aws", "kubelogin", "gke-gcloud-auth-plugin")
PRINT = """#!/bin/sh
echo run >> "$RUNS"
printf '%s' "$KUBERNETES_EXEC_INFO" > "$RUNS.info"
cat "$ANSWER"
"""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def server(certificates: Certificates) -> Iterator[FakeKube]:
    with FakeKube(certificates) as server:
        admin = Admin(server.url, ADMIN_TOKEN, "shop", certificates.files["ca"])
        admin.create(RIGHTS)
        admin.close()
        yield server


class Way:
    """A kubeconfig in a folder, and the cluster that is reached by it."""

    def __init__(self, server: FakeKube, folder: Path) -> None:
        assert server.certificates is not None
        self.server, self.folder = server, folder
        self.path = folder / "kubeconfig"
        self.options = ClusterOptions(namespace="shop", kubeconfig=self.path)
        self.ca = server.certificates.files["ca"]
        self.cluster = Cluster(self.options)

    def write(self, user: Mapping[str, Any], **cluster: Any) -> Cluster:
        """Write the file, as JSON (which is YAML), and give a client that has not read it yet."""
        named = {"server": self.server.url, "certificate-authority": str(self.ca), **cluster}
        content = {
            "current-context": "here",
            "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {name: value for name, value in named.items() if value is not None}}],
            "users": [{"name": "u", "user": dict(user)}],
        }
        self.path.write_text(json.dumps(content))
        self.cluster = Cluster(self.options)
        return self.cluster

    def plugin(self, name: str, text: str = PRINT) -> Mapping[str, Any]:
        """Put a credential plugin into the folder, and give what a kubeconfig says of it."""
        program = self.folder / name
        program.write_text(text)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        env = [{"name": "RUNS", "value": str(self.folder / "runs")}]
        env += [{"name": "ANSWER", "value": str(self.folder / "answer")}]
        api = "client.authentication.k8s.io/v1beta1"
        return {"exec": {"apiVersion": api, "command": f"./{name}", "args": ["get-token"], "env": env}}

    def answer(self, seconds: float | None = None, **status: str) -> None:
        """Say what the plugin prints: a credential that ends in so many seconds."""
        until = datetime.now(UTC) + timedelta(seconds=seconds or 0)
        ends = {} if seconds is None else {"expirationTimestamp": until.strftime("%Y-%m-%dT%H:%M:%SZ")}
        content = {"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential", "spec": {}}
        (self.folder / "answer").write_text(json.dumps({**content, "status": {**status, **ends}}))

    def runs(self) -> int:
        """Count how often the plugin was run."""
        return len((self.folder / "runs").read_text().splitlines())


@pytest.fixture
def way(server: FakeKube, tmp_path: Path) -> Way:
    return Way(server, tmp_path)


def encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def test_a_token_in_the_file_opens(way: Way) -> None:
    cluster = way.write({"token": USER_TOKEN})

    assert cluster.get(ROUTE)["metadata"]["name"] == "shop"
    assert way.server.calls[-1].user == USER


def test_a_token_file_is_read_at_each_use(way: Way) -> None:
    file = way.folder / "token"
    file.write_text(f"{USER_TOKEN}\n")
    cluster = way.write({"tokenFile": "token"})
    cluster.get(ROUTE)

    way.server.tokens = {"rotated": USER}
    file.write_text("rotated")

    cluster.get(ROUTE)
    assert [call.status for call in way.server.calls[-2:]] == [200, 200]


@pytest.mark.parametrize("place", ["in the file", "in files"])
def test_a_client_certificate_opens_and_its_key_is_left_nowhere(
    way: Way, certificates: Certificates, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = certificates.files
    monkeypatch.setattr("tempfile.tempdir", str(way.folder))
    user = (
        {"client-certificate-data": encoded(files["client"]), "client-key-data": encoded(files["client_key"])}
        if place == "in the file"
        else {"client-certificate": str(files["client"]), "client-key": str(files["client_key"])}
    )
    way.server.tokens = {}
    cluster = way.write(user, **{"certificate-authority": None, "certificate-authority-data": encoded(files["ca"])})

    with pytest.raises(RouterError, match=r'403.*User "client"'):  # signed in, by the name in the certificate
        cluster.get(ROUTE)

    assert [file.name for file in way.folder.iterdir()] == ["kubeconfig"]


@pytest.mark.parametrize("name", PLUGINS)
def test_a_plugin_is_run_once_for_as_long_as_its_token_lasts(way: Way, name: str) -> None:
    way.answer(600, token=USER_TOKEN)
    cluster = way.write(way.plugin(name))

    cluster.get(ROUTE)
    cluster.get(ROUTE)

    assert way.runs() == 1


def test_a_plugin_is_run_again_before_its_token_ends(way: Way) -> None:
    way.answer(kubeplugin.EARLY_SECONDS - 1, token=USER_TOKEN)
    cluster = way.write(way.plugin("aws"))

    cluster.get(ROUTE)
    cluster.get(ROUTE)

    assert way.runs() == 2
    assert {call.status for call in way.server.calls} <= {200, 201}


def test_a_token_that_is_refused_is_asked_for_anew_once(way: Way) -> None:
    way.answer(600, token=USER_TOKEN)
    cluster = way.write(way.plugin("kubelogin"))
    cluster.get(ROUTE)
    way.server.tokens = {"renewed": USER}
    way.answer(600, token="renewed")  # noqa: S106  # of a test

    cluster.patch(ROUTE, [{"op": "add", "path": "/spec/rules/0/backendRefs/0/weight", "value": 3}])

    assert way.runs() == 2
    assert [call.status for call in way.server.calls[-2:]] == [401, 200]


def test_a_token_that_stays_refused_is_a_temporary_error_that_says_so(way: Way) -> None:
    way.answer(600, token="of nobody")  # noqa: S106  # of a test
    cluster = way.write(way.plugin("kubelogin"))

    with pytest.raises(RouterError, match=r"401.*renew them") as told:
        cluster.get(ROUTE)

    assert not told.value.permanent
    assert way.runs() == 2


def test_a_plugin_may_give_a_certificate(way: Way, certificates: Certificates) -> None:
    pem = {name: certificates.files[name].read_text() for name in ("client", "client_key")}
    way.answer(None, clientCertificateData=pem["client"], clientKeyData=pem["client_key"])
    cluster = way.write(way.plugin("aws"))

    with pytest.raises(RouterError, match=r'403.*User "client"'):
        cluster.get(ROUTE)


def test_a_plugin_is_told_of_the_cluster_where_it_wants_to_be(way: Way) -> None:
    way.answer(600, token=USER_TOKEN)
    user = way.plugin("gke-gcloud-auth-plugin")
    user["exec"]["provideClusterInfo"] = True
    way.write(user).get(ROUTE)

    info = json.loads((way.folder / "runs.info").read_text())

    assert info["kind"] == "ExecCredential"
    assert info["spec"] == {"interactive": False, "cluster": {"server": way.server.url}}


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("#!/bin/sh\necho 'secret-of-a-plugin' >&2; exit 3\n", "'aws' ended with 3: run it by hand"),
        ("#!/bin/sh\necho 'secret-of-a-plugin'\n", "'aws' printed no ExecCredential"),
        ('#!/bin/sh\necho \'{"kind": "ExecCredential", "status": 1}\'\n', "'aws' printed no ExecCredential"),
        ("#!/nowhere/sh\n", "'aws' cannot be started"),
        ("#!/bin/sh\nsleep 60 & wait\n", "'aws' has printed nothing within"),
    ],
    ids=["fails", "chats", "half", "missing", "hangs"],
)
def test_a_plugin_that_fails_is_a_temporary_error_without_its_words(
    way: Way, program: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kubeplugin, "PLUGIN_SECONDS", 0.3 if "sleep" in program else 5.0)
    cluster = way.write(way.plugin("aws", program))

    with within(5), pytest.raises(RouterError, match=words) as told:
        cluster.get(ROUTE)

    assert not told.value.permanent
    assert "secret" not in str(told.value)
    assert way.server.calls[-1].user == "admin"  # nothing was asked as nobody


def test_a_plugin_that_wants_a_terminal_is_refused(way: Way) -> None:
    user = way.plugin("aws")
    user["exec"]["interactiveMode"] = "Always"

    with pytest.raises(RouterError, match="wants a terminal") as told:
        way.write(user).get(ROUTE)

    assert told.value.permanent


@pytest.mark.parametrize(
    ("user", "cluster", "words"),
    [
        ({"auth-provider": {"name": "gcp"}}, {}, "auth-provider was removed"),
        ({"username": "a", "password": "b"}, {}, "passwords were removed"),
        ({"token": "t", "as": "somebody"}, {}, "impersonation is not done"),
        ({"token": "t"}, {"insecure-skip-tls-verify": True}, "has to be checked"),
        ({"token": "t"}, {"proxy-url": "http://127.0.0.1:1"}, "proxies are not used"),
        ({"token": "t"}, {"server": "http://10.0.0.1:80"}, "has to be https"),
        ({"token": "t"}, {"certificate-authority-data": "%"}, "not base64 of PEM"),
    ],
)
def test_what_would_be_understood_only_in_part_is_refused(
    way: Way, user: Mapping[str, Any], cluster: Mapping[str, Any], words: str
) -> None:
    with pytest.raises(RouterError, match=words) as told:
        way.write(user, **cluster).get(ROUTE)

    assert told.value.permanent


def test_a_context_that_is_not_there_is_a_permanent_error_with_the_names(way: Way) -> None:
    way.write({"token": USER_TOKEN})

    with pytest.raises(RouterError, match="no context 'there'; it has here") as told:
        Cluster(replace(way.options, context="there")).get(ROUTE)

    assert told.value.permanent


@pytest.mark.parametrize(
    ("text", "words"), [("[1]", "is not a kubeconfig"), ("a: [", "is not YAML"), (None, "there is no kubeconfig")]
)
def test_a_file_that_is_no_kubeconfig_is_an_error(way: Way, text: str | None, words: str) -> None:
    if text is not None:
        way.path.write_text(text)

    with pytest.raises(RouterError, match=words):
        way.cluster.get(ROUTE)


def test_a_server_that_is_signed_by_another_authority_is_told_nothing(way: Way, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Certificates(tmp_path / "other")
    cluster = way.write({"token": USER_TOKEN}, **{"certificate-authority": str(other.files["ca"])})
    before = len(way.server.calls)

    with pytest.raises(RouterError, match="not to be trusted") as told:
        cluster.get(ROUTE)

    assert not told.value.permanent
    assert len(way.server.calls) == before


def test_a_certificate_for_another_name_needs_the_server_s_name(way: Way) -> None:
    elsewhere = way.server.url.replace("127.0.0.1", "localhost")
    with pytest.raises(RouterError, match="not to be trusted"):
        way.write({"token": USER_TOKEN}, server=elsewhere).get(ROUTE)

    named = way.write({"token": USER_TOKEN}, **{"server": elsewhere, "tls-server-name": "127.0.0.1"})

    assert named.get(ROUTE)["kind"] == "HTTPRoute"


def test_a_kubeconfig_that_was_rewritten_is_read_again_when_it_fails(way: Way) -> None:
    cluster = way.write({"token": "of nobody"})
    with pytest.raises(RouterError, match="401"):
        cluster.get(ROUTE)

    way.write({"token": USER_TOKEN})

    assert cluster.get(ROUTE)["kind"] == "HTTPRoute"


@pytest.fixture
def pod(way: Way, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = way.folder / "pod"
    folder.mkdir()
    (folder / "token").write_text(USER_TOKEN)
    (folder / "ca.crt").write_bytes(way.ca.read_bytes())
    monkeypatch.setattr(kubeconfig.access_of, "__kwdefaults__", {"pod": folder})
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(way.server.port))
    return folder


def test_a_pod_uses_its_own_token_and_follows_its_rotation(way: Way, pod: Path) -> None:
    cluster = Cluster(ClusterOptions(namespace="shop"))
    cluster.get(ROUTE)

    way.server.tokens = {"rotated": USER}
    (pod / "token").write_text("rotated")

    assert cluster.get(ROUTE)["kind"] == "HTTPRoute"
    assert way.server.calls[-1].status == 200


def test_outside_of_a_pod_a_kubeconfig_has_to_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)

    with pytest.raises(RouterError, match="name a kubeconfig") as told:
        Cluster(ClusterOptions(namespace="shop")).get(ROUTE)

    assert told.value.permanent


def test_a_server_that_does_not_answer_takes_no_longer_than_it_may(way: Way) -> None:
    with Link(way.server.port) as link:
        link.set(HOLE)
        way.write({"token": USER_TOKEN}, server=f"https://127.0.0.1:{link.port}")
        cluster = Cluster(replace(way.options, timeout_seconds=0.3))

        with within(3), pytest.raises(RouterError, match=r"in time|connection") as told:
            cluster.get(ROUTE)

        assert not told.value.permanent


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"namespace": "a/b"}, "no name of a Kubernetes object"),
        ({"timeout_seconds": 0}, "timeout_seconds lies above 0"),
        ({"kubeconfig": None, "context": "x"}, "context needs a kubeconfig"),
    ],
)
def test_options_that_cannot_work_stop_the_start(way: Way, changes: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(way.options, **changes)


def test_the_official_client_reads_the_same_file_and_is_content_with_the_small_server(way: Way) -> None:
    way.answer(600, token=USER_TOKEN)
    cluster = way.write(way.plugin("aws"))
    configuration = official.Configuration()
    load_kube_config(str(way.path), client_configuration=configuration)  # type: ignore[no-untyped-call]
    api = official.ApiClient(configuration)

    theirs = official.CustomObjectsApi(api).get_namespaced_custom_object(
        "gateway.networking.k8s.io", "v1", "shop", "httproutes", "shop"
    )

    assert cluster.get(ROUTE) == theirs
    assert configuration.host == way.server.url
    api.close()  # type: ignore[no-untyped-call]


def test_no_error_and_no_plan_has_a_token(way: Way) -> None:
    cluster = way.write({"token": USER_TOKEN})
    forbidden = replace(ROUTE, name="other")

    with pytest.raises(RouterError) as told:
        cluster.get(forbidden)

    assert USER_TOKEN not in str(told.value)
    assert os.environ.get("KUBERNETES_EXEC_INFO") is None
