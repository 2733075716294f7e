"""The webhook router and the receiver of its guide, which is run as it stands there."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.target import Mirror
from flagsvc.outbound.http import HttpClient
from flagsvc.routers import Tools, build
from flagsvc.routers.webhook import Options, signature_of
from flagsvc.settings import load_routers
from tests.routers.contract import STEPS, RouterContract, brought_to, target
from tests.support.fake_http import Answer, Asked, Fake
from tests.support.guides import files_of
from tests.support.process import Child, listens, mortal
from tests.support.servers import on_free_port
from tests.support.service import Service
from tests.support.timing import eventually, within

TOOLS = Tools(shelf=None)  # type: ignore[arg-type]  # nothing of it is used
PRODUCTION = "environments/production"
GUIDE = files_of("../routers/webhook.md")
SECRET = "of-both-sides"  # noqa: S105  # of a test
pytestmark = pytest.mark.usefixtures("short")


class Receiver(Child):
    """The guide's receiver, started as the guide says, with the guide's routers file."""

    def __init__(self, folder: Path) -> None:
        super().__init__("receiver")
        self.place = folder
        for name, text in GUIDE.items():
            (folder / name).write_text(text)
        (folder / "webhook.secret").write_text(f"{SECRET}\n")
        self.state = folder / "state.json"
        self.port = on_free_port(self._start)

    @property
    def router(self) -> Any:
        """The router of the guide's file."""
        file = self.place / "routers.yaml"
        secret = str(self.place / "webhook.secret")
        file.write_text(
            GUIDE["routers.yaml"].replace(":8090", f":{self.port}").replace("[webhook.secret]", f"[{secret}]")
        )
        (spec,) = load_routers(file)
        return build(spec.name, spec.kind, spec.options, TOOLS)

    def told(self) -> Any:
        """Read what it keeps; {} before it was told."""
        return json.loads(self.state.read_text()) if self.state.exists() else {}

    def start(self) -> None:
        """Start again at the same port."""
        self._start(self.port)

    def _start(self, port: int) -> None:
        words = [sys.executable, "receiver.py", str(port), "webhook.secret", "state.json"]
        command = [*mortal("KILL"), "env", "-C", str(self.place), *words]
        self.spawn(command, lambda: listens(self.pid, port))


class Guide:
    """The guide's world."""

    steps = STEPS

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self.router = receiver.router

    def by_hand(self, canary: int) -> None:
        state = json.loads(self.receiver.state.read_text())
        state["weights"] = {"stable": WHOLE - canary, "canary": canary}
        self.receiver.state.write_text(json.dumps(state))

    def restart(self) -> None:
        self.receiver.stop()
        self.receiver.start()

    def down(self) -> AbstractContextManager[None]:
        return _away(self.receiver)

    def writes(self) -> int:
        return self.receiver.output().count('"PUT /traffic HTTP/1.1" 200')


@contextmanager
def _away(receiver: Receiver) -> Iterator[None]:
    receiver.stop()
    yield
    receiver.start()


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    started = Receiver(tmp_path)
    yield started
    started.close()


class TestWebhook(RouterContract):
    @pytest.fixture
    def world(self, receiver: Receiver) -> Guide:
        return Guide(receiver)


def test_the_running_service_tells_the_guide_s_receiver_and_tells_it_again(receiver: Receiver) -> None:
    assert receiver.router.observe() is None  # the guide's file is written, and nothing was told
    service = Service({"ROUTERS": str(receiver.place / "routers.yaml")})
    try:
        service.start()
        split = {"key": "checkout", "backends": ["stable", "canary"], "stable": "stable"}
        weights = {"stable": WHOLE, "canary": 0}
        service.call("POST", f"{PRODUCTION}/splits", split | {"default": {"split": {"weights": weights}}})
        service.call("POST", f"{PRODUCTION}/bindings", {"key": "edge", "split": "checkout", "routers": ["own-cdn"]})
        moved = {"stable": 95_000, "canary": 5_000}
        service.call("POST", f"{PRODUCTION}/splits/checkout/weights", {"weights": moved})
        eventually(lambda: receiver.told().get("weights") == moved, "the weights, told")
        told = receiver.told()

        Guide(receiver).by_hand(50_000)

        eventually(lambda: receiver.told() == told, "the same, told again")
        eventually(lambda: service.call("GET", f"{PRODUCTION}/bindings/edge")["status"]["phase"] == "applied")
        assert sum(end - start for backend, start, end in told["allocation"] if backend == "canary") == 5_000
    finally:
        service.close()


class Hook(Fake):
    """A receiver in this process, that can be bent; `answers` stands for what it would read back."""

    def __init__(self) -> None:
        super().__init__()
        self.etags = True
        self.answers: Any = None
        self.state = {"told": None, "changes": 0}

    def is_write(self, asked: Asked) -> bool:
        return asked.method == "PUT"

    def answer(self, asked: Asked) -> Answer:
        tag = f'"{self.state["changes"]}"'
        if asked.method == "GET":
            told = self.answers or self.state["told"]
            return Answer(200, told, {"ETag": tag} if self.etags else {}) if told else Answer(404)
        if asked.headers.get("If-Match") not in {None, tag}:
            return Answer(412)
        self.state = {"told": asked.json(), "changes": self.state["changes"] + 1}
        return Answer(204)


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as fake:
        yield fake


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text(SECRET)
    return tmp_path / "secret"


def router_of(hook: Hook, secret: Path, **more: Any) -> Any:
    given: dict[str, Any] = {"url": f"{hook.url}/hook/", "secret_files": [secret], "backends": ["stable", "canary"]}
    return build("edge", "webhook", Options(**(given | more)), TOOLS)


def receiver_module() -> Any:
    module = ModuleType("receiver")
    exec(GUIDE["receiver.py"], module.__dict__)  # noqa: S102  # the guide's own code
    return module


def test_the_guide_s_check_takes_what_was_signed_and_nothing_else(hook: Hook, secret: Path, tmp_path: Path) -> None:
    second = tmp_path / "second"
    second.write_text("of-tomorrow")
    router_of(hook, secret, secret_files=[secret, second]).apply(target(5_000))
    asked = next(asked for asked in hook.asked if asked.method == "PUT")
    verified, now = receiver_module().verified, int(asked.headers["Flagsvc-Timestamp"])

    assert verified(SECRET, asked.headers, asked.body, now)
    assert verified("of-tomorrow", asked.headers, asked.body, now + 299)
    assert not verified("of-yesterday", asked.headers, asked.body, now)
    assert not verified(SECRET, asked.headers, asked.body + b" ", now)
    assert not verified(SECRET, asked.headers, asked.body, now + 301)
    assert not verified(SECRET, {**asked.headers, "Flagsvc-Timestamp": str(now - 1)}, asked.body, now)
    assert not verified(SECRET, {}, asked.body, now)


def test_the_guide_s_receiver_takes_no_target_again_that_is_older_than_the_last(receiver: Receiver) -> None:
    client, now = HttpClient(f"http://127.0.0.1:{receiver.port}"), int(time.time())

    def told(canary: int, at: int) -> None:
        body = json.dumps({"revision": "epoch.1", "weights": {"stable": WHOLE - canary, "canary": canary}}).encode()
        signature = signature_of(SECRET, str(at), body)
        headers = {"Flagsvc-Timestamp": str(at), "Flagsvc-Signature": signature}
        client.send("PUT", "/traffic", body, headers=headers)

    told(50_000, now - 60)
    told(0, now - 30)
    with pytest.raises(RouterError, match=r"409.*older") as replayed:
        told(50_000, now - 60)

    assert replayed.value.conflict
    assert receiver.told()["weights"]["canary"] == 0


def test_the_whole_target_is_put_with_its_revision_as_the_key(hook: Hook, secret: Path) -> None:
    wanted = target(5_000, 7, mirror=Mirror("canary", 500))

    router_of(hook, secret, granularity=1_000, sticky="cohort", mirror=True).apply(wanted)

    asked = hook.asked[-1]
    assert (asked.path, asked.headers["Idempotency-Key"]) == ("/hook/", "epoch.7")
    assert asked.json() == {
        "schema": 1,
        "split": "production/checkout",
        "revision": "epoch.7",
        "stable": "stable",
        "weights": {"canary": 50, "stable": 950},
        "salt": "k3v9q2xw",
        "hash": wanted.hash,
        "space": WHOLE,
        "by": "targetingKey",
        "allocation": [list(entry) for entry in wanted.allocation],
        "forced": {},
        "mirror": {"backend": "canary", "share": 500},
        "table": wanted.table,
    }


def test_a_table_that_is_not_the_one_wanted_is_put_though_the_weights_agree(hook: Hook, secret: Path) -> None:
    router = router_of(hook, secret, sticky="cohort")
    hook.answers = {"revision": "epoch.1", "weights": {"stable": 95_000, "canary": 5_000}, "table": "another"}

    assert router.plan(target(5_000))


def test_what_is_in_force_may_be_read_elsewhere(hook: Hook, secret: Path) -> None:
    router = router_of(hook, secret, read_url=f"{hook.url}/state")

    brought_to(router, target(5_000))

    assert {asked.path for asked in hook.asked if asked.method == "GET"} == {"/state"}


def test_a_stale_write_is_a_conflict_and_overwrites_nothing(
    hook: Hook, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = router_of(hook, secret, conditional=True)
    brought_to(router, target(0))
    observe = router.observe

    def meanwhile() -> Any:
        found = observe()
        hook.state["changes"] += 1
        return found

    monkeypatch.setattr(router, "observe", meanwhile)

    with pytest.raises(RouterError, match="412") as told:
        router.apply(target(5_000))

    assert told.value.conflict
    assert hook.state["told"]["weights"]["canary"] == 0


def test_a_conditional_router_demands_an_etag(hook: Hook, secret: Path) -> None:
    hook.etags = False
    brought_to(router_of(hook, secret), target(0))

    with pytest.raises(RouterError, match="no ETag") as told:
        router_of(hook, secret, conditional=True).observe()

    assert told.value.permanent


@pytest.mark.parametrize(
    ("fault", "permanent"), [("mute", False), ("refuse", False), ("forbid", True), ("late", False)]
)
def test_a_write_that_is_not_answered_well_is_an_error(
    hook: Hook,
    secret: Path,
    fault: Any,
    permanent: bool,  # noqa: FBT001  # a column
) -> None:
    router = router_of(hook, secret)

    with hook.bent(fault), within(5), pytest.raises(RouterError) as told:
        router.apply(target(5_000))

    assert told.value.permanent == permanent
    assert SECRET not in str(told.value)


def test_what_was_applied_though_nobody_said_so_is_read_back_and_not_told_again(hook: Hook, secret: Path) -> None:
    router = router_of(hook, secret)
    with hook.bent("late"), pytest.raises(RouterError):
        router.apply(target(5_000))

    brought_to(router, target(5_000))

    assert hook.writes == 1


def test_a_lie_is_read_back(hook: Hook, secret: Path) -> None:
    router = router_of(hook, secret)

    with hook.bent("lie"):
        router.apply(target(5_000))

    assert router.observe() is None
    assert router.plan(target(5_000))


@pytest.mark.parametrize(
    ("answer", "permanent", "words"),
    [
        (b"<html>", False, "not JSON"),
        ([1], True, "must answer"),
        ({"weights": {"stable": "all"}}, True, "must answer"),
        ({"weights": {"stable": True}}, True, "must answer"),
        ({"weights": {"stable": -1}}, True, "must answer"),
        ({"weights": {"stable": 1}, "mirror": "canary"}, True, "a mirror is"),
        (b'"' + b"x" * 1_100_000 + b'"', False, "too large"),
    ],
)
def test_an_answer_that_says_nothing_is_an_error(
    hook: Hook,
    secret: Path,
    answer: Any,
    permanent: bool,  # noqa: FBT001  # a column
    words: str,
) -> None:
    hook.answers = answer

    with pytest.raises(RouterError, match=words) as told:
        router_of(hook, secret).observe()

    assert told.value.permanent == permanent


def test_a_redirect_is_not_followed(hook: Hook, secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = {"Location": f"{hook.url}/elsewhere"}
    monkeypatch.setattr(hook, "answer", lambda _: Answer(307, None, elsewhere))

    with pytest.raises(RouterError, match="307") as told:
        router_of(hook, secret).observe()

    assert told.value.permanent
    assert [asked.path for asked in hook.asked] == ["/hook/"]


def test_a_secret_that_is_not_there_is_said_without_a_request(hook: Hook, tmp_path: Path) -> None:
    with pytest.raises(RouterError, match="no secret in"):
        router_of(hook, tmp_path / "nothing").observe()

    assert hook.asked == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"url": "ftp://host/x"}, "expected https"),
        ({"url": "https:///x"}, "expected https"),
        ({"url": "https://user:word@host/x"}, "secrets belong in secret_files"),
        ({"url": "https://host/x?token=1"}, "secrets belong in secret_files"),
        ({"url": "http://host/x"}, "plain_http"),
        ({"read_url": "http://10.0.0.1/x"}, "plain_http"),
        ({"url": "http://169.254.169.254/latest", "plain_http": True}, "metadata"),
        ({"secret_files": []}, "one file, or two"),
        ({"granularity": 0}, "granularity"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(options: dict[str, Any], words: str) -> None:
    given = {"url": "https://host/x", "secret_files": ["s"], "backends": ["stable"]} | options

    with pytest.raises(ValidationError, match=words):
        TypeAdapter(Options).validate_python(given)


@pytest.mark.parametrize(
    "url",
    ["https://10.0.0.1/x", "https://host.internal/x", "http://127.0.0.1:1/x", "http://localhost/x", "http://[::1]/x"],
)
def test_private_addresses_are_fine(url: str) -> None:
    given = {"url": url, "secret_files": ["s"], "backends": ["stable"]}

    assert TypeAdapter(Options).validate_python(given).url == url
