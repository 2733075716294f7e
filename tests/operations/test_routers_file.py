"""The routers file: every fault at once, with file, router and option; and what `flagsvc routers check` says."""

import importlib.abc
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from flagsvc import logs
from flagsvc.app import routers_check
from flagsvc.cli import app
from flagsvc.domain.routing.observed import Observed
from flagsvc.routers.nothing import Nothing
from flagsvc.routers.registry import KINDS, options_of
from flagsvc.settings import SettingsError, load_routers
from flagsvc.settings.named_file import MAX_BYTES
from tests.support.fake_docker import FakeDocker
from tests.support.modules import forget
from tests.support.timing import within
from tests.support.tree import ROOT

BROUGHT = {"aws": "boto3", "azure": "azure", "gcp": "google"}
"""What an extra brings, by the first word of its imports."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "routers.yaml"


def faults(file: Path, content: str | bytes) -> list[str]:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SettingsError) as told:
        load_routers(file)
    return [fault.removeprefix(f"{file}:").strip() for fault in told.value.faults]


def test_no_file_is_no_routers() -> None:
    assert load_routers(None) == ()


def test_a_good_file_gives_checked_options(file: Path) -> None:
    file.write_text("routers: {swarm: {kind: docker-swarm, backends: {stable: a, canary: b}, replicas: 20}}")

    (spec,) = load_routers(file)

    assert (spec.name, spec.kind, spec.options.replicas) == ("swarm", "docker-swarm", 20)
    assert spec.options.socket == Path("/var/run/docker.sock")


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("kind: docker-swarm, backends: {}, replicas: 1", "backends: name one at least"),
        ("kind: docker-swarm, backends: {a: x}, replicas: 1, socket: ~/docker.sock", "socket: ~ is not expanded"),
        ("kind: webhook, url: 'http://localhost/', secret_files: [~/s], backends: [a]", "secret_files: ~ is not"),
        ("kind: istio, namespace: n, virtual_service: v, rule: '', backends: {a: {host: x}}", "rule: is empty"),
        *(
            (
                f"kind: webhook, url: 'https://h/', secret_files: [s], backends: [a], propagation_seconds: {value}",
                "propagation_seconds: expected a number that is finite and not negative",
            )
            for value in (".nan", ".inf", "-1")
        ),
        ("kind: kubernetes-deployments, namespace: n, deployments: {a: x}, replicas: 2, ready_seconds: .nan", "finite"),
        (
            "kind: cloud-run, project: p, location: l, service: s, backends: {a: r}, endpoint: 'http://run.example'",
            "a token is sent there",
        ),
        (
            "kind: azure-slots, subscription: s, resource_group: g, site: s, backends: {a: production}, arm: 'http://a.b'",
            "a token is sent there",
        ),
    ],
)
def test_what_no_option_can_mean_is_told_at_the_start(file: Path, entry: str, fault: str) -> None:
    (told,) = faults(file, f"routers: {{edge: {{{entry}}}}}")

    assert fault in told


def test_anchors_and_merges_are_read_as_written(file: Path) -> None:
    file.write_text(
        "routers:\n"
        "  one: &one {kind: docker-swarm, backends: {stable: a, canary: b}, replicas: 20}\n"
        "  two: {<<: *one, replicas: 10}\n"
    )

    assert [spec.options.replicas for spec in load_routers(file)] == [20, 10]


def test_every_fault_of_every_router_is_told_at_once(file: Path) -> None:
    found = faults(
        file,
        """
        routers:
          swarm: {kind: docker-swarm, backend: {stable: a}, replicas: many}
          edge: {kind: webhok}
          hook: {kind: webhook, url: "ftp://x", secret_files: [a], backends: [a]}
          "two words": {kind: none}
          7: {kind: none}
          text: words
          nothing: {kind: none, wait: 1, counts: {labl: x}}
        """,
    )

    known, counted = ", ".join(sorted(KINDS)), "label, backends, page, metric, prometheus, query, where"
    assert found == [
        "routers.swarm.backends: is needed",
        "routers.swarm.replicas: Input should be a valid integer, unable to parse string as an integer",
        "routers.swarm: there is no option 'backend' (do you mean 'backends'?); options: backends, replicas, socket",
        f"routers.edge: there is no kind of router 'webhok' (do you mean 'webhook'?); known: {known}",
        "routers.hook: url: expected https://HOST/…",
        "routers.two words: a router is named like a key, for instance edge-1",
        "routers.7: a router is named like a key, for instance edge-1",
        "routers.text: expected a mapping with a kind and its options",
        "routers.nothing: there is no option 'wait'; options: none",
        "routers.nothing.counts.label: is needed",
        "routers.nothing.counts.backends: is needed",
        f"routers.nothing.counts: there is no option 'labl' (do you mean 'label'?); options: {counted}",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "expected one member, routers"),
        ("routers:", "expected one member, routers"),
        ("routers: []", "expected one member, routers"),
        ("router: {}", "expected one member, routers"),
        ("{routers: {}, more: 1}", "expected one member, routers"),
        ("routers: {a: {kind: none}", "1:26: expected ',' or '}'"),
        ("routers: {a: {kind: none}, a: {kind: none}}", '1:28: found duplicate key "a"'),
        ("a: *nowhere", "1:4: found undefined alias"),
        ("routers: {}\n---\nrouters: {}", "2:1: but found another document"),
        ("routers: {a: !!python/name:os.system {}}", "1:14: could not determine a constructor"),
        ("routers: {a: 2021-13-45}", "not YAML: month"),
        (b"routers: {a: \x00}", "not YAML: unacceptable character"),
        (b"routers: {a: \xff}", "not UTF-8"),
        ("[" * 500, "not YAML: nested too deeply"),
        ("routers: &a {a: *a}", "routers.a: expected a mapping with a kind"),
        ("#" * (MAX_BYTES + 1), "larger than 1048576 bytes"),
        ("routers: {a: {kind: none, counts: 5}}", "routers.a.counts: expected a mapping of options"),
    ],
)
def test_what_is_no_routers_file_is_said_in_one_line(file: Path, content: str | bytes, words: str) -> None:
    (found,) = faults(file, content)

    assert found.startswith(words)
    assert "\n" not in found


def test_a_duplicate_does_not_show_its_value(file: Path) -> None:
    (found,) = faults(file, "routers: {a: {kind: none, key: s3cret-1, key: s3cret-2}}")

    assert "duplicate key" in found
    assert "s3cret" not in found


def test_aliases_that_grow_to_millions_are_refused_in_no_time(file: Path) -> None:
    rows = ["l0: &l0 [a, a, a, a, a, a, a, a, a]"]
    rows += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 9)]
    entry = "\n".join(f"    {row}" for row in ["kind: docker-swarm", *rows, "backends: {stable: *l8}", "replicas: *l8"])

    with within(10):
        found = faults(file, f"routers:\n  edge:\n{entry}\n")

    assert "routers.edge.backends.stable: Input should be a valid string" in found
    assert all(len(one) < 500 for one in found)


@pytest.mark.parametrize("kind", ["folder", "missing"])
def test_a_file_that_is_none_is_said_by_the_variable(tmp_path: Path, kind: str) -> None:
    path = tmp_path if kind == "folder" else tmp_path / "nothing.yaml"

    with pytest.raises(SettingsError, match=r"FLAGSVC_ROUTERS = .*there is no such file"):
        load_routers(path)


KEPT = {f"flagsvc.routers.{name}" for name in ("registry", "common", "common.counting")}
"""What the registry itself has imported; all else is found anew, so that what it imports is missed."""


class _Missing(importlib.abc.MetaPathFinder):
    """Finds that a package is not installed."""

    def __init__(self, root: str) -> None:
        self._root = root

    def find_spec(self, fullname: str, *_: Any) -> None:
        if fullname.partition(".")[0] == self._root:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def remove(root: str) -> None:
        anew = ("flagsvc.routers.", "flagsvc.outbound.aws")
        forget(
            monkeypatch,
            lambda name: (name.startswith(anew) and name not in KEPT) or name.partition(".")[0] == root,
        )
        monkeypatch.setattr(sys, "meta_path", [_Missing(root), *sys.meta_path])

    yield remove
    monkeypatch.undo()


@pytest.mark.parametrize("kind", sorted(name for name, kind in KINDS.items() if kind.extra))
def test_a_kind_whose_extra_is_not_installed_says_which(file: Path, without: Any, kind: str) -> None:
    extra = KINDS[kind].extra
    without(BROUGHT[extra])

    (found,) = faults(file, f"routers: {{edge: {{kind: {kind}}}}}")

    assert found.startswith(f"routers.edge: a router of kind {kind!r} needs the package '{BROUGHT[extra]}")
    assert found.endswith(f"pip install 'flagsvc[{extra}]'")


@pytest.mark.parametrize("kind", sorted(name for name, kind in KINDS.items() if not kind.extra))
def test_a_kind_without_an_extra_needs_none(without: Any, kind: str) -> None:
    for root in ("boto3", "azure", "google", "kubernetes", "docker"):
        without(root)

    assert options_of(kind)


def test_every_extra_can_be_installed() -> None:
    offered = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]

    assert {kind.extra for kind in KINDS.values() if kind.extra} <= set(offered)


def test_options_are_closed_in_every_kind(file: Path) -> None:
    for kind in KINDS:
        assert any("there is no option 'surprise'" in one for one in faults(file, _surprise(kind))), kind


def _surprise(kind: str) -> str:
    return f"routers: {{edge: {{kind: {kind}, surprise: 1}}}}"


run = CliRunner().invoke
GOOD = """
routers:
  try: {kind: none}
  swarm: {kind: docker-swarm, backends: {stable: shop_stable, canary: shop_canary}, replicas: 20, socket: SOCKET}
"""


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGSVC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("FLAGSVC_PORT", "0")
    monkeypatch.setattr(logs, "configure", lambda *_: None)  # the runner's streams do not outlive the test


def told(result: Result) -> tuple[int, list[str]]:
    return result.exit_code, result.output.strip().splitlines()


def test_a_good_file_is_described(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(GOOD)
    monkeypatch.setenv("FLAGSVC_ROUTERS", str(file))

    code, lines = told(run(app, ["routers", "check"]))

    assert code == 0
    assert lines[0].startswith("try  none: 100000 steps; stickiness cohort; any backends; forgets at a restart")
    assert lines[1] == (
        "swarm  docker-swarm: 20 steps; stickiness none; backends canary, stable; survives a restart; "
        "in force after about 30 s; refuses stale writes"
    )


def test_what_is_in_force_is_read_and_nobody_is_told_anything(file: Path, tmp_path: Path) -> None:
    with FakeDocker(tmp_path / "docker.sock") as manager:
        file.write_text(GOOD.replace("SOCKET", str(manager.path)))

        code, lines = told(run(app, ["routers", "check", "--connect", str(file)]))

    assert code == 0
    assert lines[1] == "  in force: nothing told yet, or nothing that can be read from here"
    assert lines[3] == "  in force: canary 0, stable 20"
    assert manager.writes == 0


def test_one_that_cannot_be_read_is_exit_code_1_after_all_were_tried(file: Path, tmp_path: Path) -> None:
    file.write_text(GOOD.replace("SOCKET", str(tmp_path / "nobody")) + "  last: {kind: none}\n")

    code, lines = told(run(app, ["routers", "check", "--connect", str(file)]))

    assert code == 1
    assert lines[3] == "  cannot be read: GET /services/shop_stable: no connection"
    assert lines[4].startswith("last  none")


def test_many_are_read_at_a_time_in_the_order_of_the_file_and_a_fault_of_ours_hides_none(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = Barrier(3)

    class Waiting(Nothing):
        def observe(self) -> Observed | None:
            number = together.wait(10)
            if number == 0:
                raise KeyError("of-a-secret")
            return super().observe()

    monkeypatch.setattr(routers_check, "build", lambda *_: Waiting())
    file.write_text("routers: {one: {kind: none}, two: {kind: none}, three: {kind: none}}")

    code, lines = told(run(app, ["routers", "check", "--connect", str(file)]))

    assert code == 1
    assert [line.split()[0] for line in lines[::2]] == ["one", "two", "three"]
    assert sorted(lines[1::2]) == [
        "  cannot be read: KeyError: a fault of the program",
        *["  in force: nothing told yet, or nothing that can be read from here"] * 2,
    ]


@pytest.mark.parametrize("command", [["serve"], ["demo"], ["routers", "check"], ["routers", "check", "--connect"]])
def test_a_wrong_file_stops_every_command_that_needs_it(
    file: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    file.write_text("routers: {one: {kind: nne}, two: {kind: none, wait: 1}}")
    monkeypatch.setenv("FLAGSVC_ROUTERS", str(file))

    code, lines = told(run(app, command))

    assert code == 2
    assert lines[0] == "flagsvc: 2 settings are wrong:"
    assert f"{file}: routers.one: there is no kind of router 'nne' (do you mean 'none'?)" in lines[1]
    assert lines[2].strip() == f"{file}: routers.two: there is no option 'wait'; options: none"


def test_a_check_without_any_file_says_how_to_name_one() -> None:
    assert told(run(app, ["routers", "check"])) == (2, ["flagsvc: name a file, or set FLAGSVC_ROUTERS"])
