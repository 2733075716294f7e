"""Hooks over real HTTP: what is asked, how it is signed, and what each answer means."""

import hmac
import json
from collections.abc import Iterator
from hashlib import sha256

import pytest

from flagsvc.domain.rollouts.plan import Hook
from flagsvc.outbound.gates import Gates
from flagsvc.outbound.guarded import Guarded
from flagsvc.outbound.hooks import Question
from flagsvc.outbound.outcome import Outcome
from tests.outbound.conftest import Serve
from tests.support.fake_http import Answer, Asked, Fake
from tests.support.timing import within

SECRETS = ("an-old-secret-of-both-sides", "a-new-secret-of-both-sides")
NOW = 1_764_115_200.9
QUESTION = Question(
    environment="production",
    rollout="checkout-2",
    step="half",
    action="do",
    deployment={"version": "2.4.0", "deployer": "Ada"},
)


class Program(Fake):
    """Somebody's program: its status is set, and it remembers which questions it has carried out."""

    status = 200
    content = b""
    headers: dict[str, str] = {}  # noqa: RUF012  # replaced, never changed

    def is_write(self, asked: Asked) -> bool:
        return True

    def answer(self, asked: Asked) -> Answer:
        if self.status < 300:
            self.state[asked.headers["Idempotency-Key"]] = True
        return Answer(self.status, self.content, self.headers)


@pytest.fixture
def program() -> Iterator[Program]:
    with Program() as started:
        yield started


@pytest.fixture
def gates(client: Guarded) -> Gates:
    return Gates(client, SECRETS, lambda: NOW)


def ask(gates: Gates, program: Program, question: Question = QUESTION, seconds: float = 5.0) -> Outcome:
    hook = Hook(url=f"{program.url}/hooks/drain?pool=a", body={"pool": "a"}, timeout_seconds=seconds)
    return gates.asked(hook, question)


def test_the_question_is_whole_and_signed_with_every_secret(gates: Gates, program: Program) -> None:
    ask(gates, program)

    (asked,) = program.asked
    assert (asked.method, asked.path, asked.query) == ("POST", "/hooks/drain", {"pool": "a"})
    assert asked.json() == {
        "id": QUESTION.id,
        "environment": "production",
        "rollout": "checkout-2",
        "step": "half",
        "action": "do",
        "gate": "",
        "attempt": 1,
        "deployment": {"version": "2.4.0", "deployer": "Ada"},
        "body": {"pool": "a"},
    }
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.headers["Idempotency-Key"] == QUESTION.id
    time, *macs = asked.headers["X-Flagsvc-Signature"].split(",")
    assert time == "t=1764115200"
    assert macs == [
        "v1=" + hmac.new(secret.encode(), b"1764115200." + asked.body, sha256).hexdigest() for secret in SECRETS
    ]


def test_without_a_secret_nothing_pretends_to_be_a_signature(client: Guarded, program: Program) -> None:
    ask(Gates(client), program)

    assert "X-Flagsvc-Signature" not in program.asked[0].headers


def test_the_same_question_has_the_same_id_and_every_other_one_another() -> None:
    same = Question(environment="production", rollout="checkout-2", step="half", action="do", deployment={})
    others = [
        Question(environment="staging", rollout="checkout-2", step="half", action="do"),
        Question(environment="production", rollout="checkout-3", step="half", action="do"),
        Question(environment="production", rollout="checkout-2", step="all", action="do"),
        Question(environment="production", rollout="checkout-2", step="half", action="undo"),
        Question(environment="production", rollout="checkout-2", step="half", action="gate", gate="a"),
        Question(environment="production", rollout="checkout-2", step="half", action="gate", gate="b"),
        Question(environment="production", rollout="checkout-2", step="half", action="do", attempt=2),
        Question(environment="production", rollout="checkout", step="2half", action="do"),
    ]

    ids = [question.id for question in others]

    assert same.id == QUESTION.id
    assert len({QUESTION.id, *ids}) == 1 + len(others)
    assert QUESTION.id == "e9a15645101d75a039030d020cd46aca"  # for ever: it must survive an upgrade of the service


@pytest.mark.parametrize(
    ("statuses", "standing"),
    [
        ((200, 204), "passed"),
        ((202,), "waiting"),
        ((400, 401, 403, 404, 405, 409, 410, 413, 418, 422, 451, 499), "failed"),
        ((408, 425, 429), "waiting"),
        ((201, 203, 206, 301, 302, 303, 307, 308, 500, 502, 503, 504, 599), "waiting"),
    ],
)
def test_what_each_status_means(gates: Gates, program: Program, statuses: tuple[int, ...], standing: str) -> None:
    for program.status in statuses:
        assert ask(gates, program).standing == standing, program.status


def test_people_are_told_what_the_program_said(gates: Gates, program: Program) -> None:
    program.status, program.content = 409, b'{"detail":\n "db\x00 is\x1b[31m busy"}' + b" x" * 5000

    detail = ask(gates, program).detail

    assert detail.startswith(f'POST {program.url}/hooks/drain?… gave 409: {{"detail": "db is [31m busy"}} x')
    assert len(detail) < 500


def test_an_answer_that_is_none_of_the_three_is_said_to_be_so(gates: Gates, program: Program) -> None:
    program.status = 500

    assert ask(gates, program).detail.endswith("gave 500 (neither done, not yet nor no: asked again)")


def test_a_redirect_is_not_followed(gates: Gates, program: Program) -> None:
    with Program() as inside:
        program.status, program.headers = 307, {"Location": f"{inside.url}/"}

        assert ask(gates, program).standing == "waiting"
        assert inside.asked == []


def test_dead_mute_and_dripping_programs_are_waited_for(gates: Gates, program: Program) -> None:
    for fault in ("mute", "refuse", "drip"):
        with program.bent(fault), within(5):
            assert ask(gates, program, seconds=0.3).standing == "waiting", fault
    with program.down():
        assert ask(gates, program) == ("waiting", f"POST {program.url}/hooks/drain?…: no connection")


def test_one_that_did_it_and_never_said_so_is_asked_with_the_same_id(gates: Gates, program: Program) -> None:
    with program.bent("late"):
        first = ask(gates, program, seconds=0.3)
    second = ask(gates, program)

    assert (first.standing, second.standing) == ("waiting", "passed")
    assert len(program.state) == 1


def test_a_huge_answer_costs_nothing(gates: Gates, serve: Serve) -> None:
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n" + b"x" * 1_000_000)

    with within(5):
        assert gates.asked(Hook(url=f"http://127.0.0.1:{server.port}/"), QUESTION).standing == "passed"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://169.254.169.254/latest?token=s3cret", "may not be reached"),
        ("http://10.0.0.1/", "FLAGSVC_OUTBOUND_NETWORKS"),
        ("http://0x7f.1/", "no address in its usual form"),
        ("ftp://example.com/", "must begin with http"),
        ("http://user:s3cret@example.com/", "no name and password"),
    ],
)
def test_a_target_that_is_never_talked_to_is_a_no(gates: Gates, url: str, words: str) -> None:
    outcome = gates.asked(Hook(url=url), QUESTION)

    assert outcome.standing == "failed"
    assert words in outcome.detail


def test_a_query_and_a_password_are_shown_to_nobody(gates: Gates) -> None:
    for url in ("http://user:s3cret@example.com/", "http://169.254.169.254/latest?token=s3cret", "http://[?s3cret"):
        assert "s3cret" not in gates.asked(Hook(url=url), QUESTION).detail


def test_a_fault_of_ours_is_asked_again_and_ends_no_loop(program: Program) -> None:
    def broken(*_: object) -> list[str]:
        raise KeyError("s3cret")

    outcome = ask(Gates(Guarded(resolve=broken)), program)

    assert outcome == ("waiting", "KeyError: a fault of the service, see its log")


def test_a_body_keeps_its_unicode(gates: Gates, program: Program) -> None:
    gates.asked(Hook(url=program.url, body={"name": "Zoë", "n": [1, 2.5, None, True]}), QUESTION)

    assert json.loads(program.asked[0].body)["body"] == {"name": "Zoë", "n": [1, 2.5, None, True]}
