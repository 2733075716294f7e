"""The stock provider for OFREP against a running service, and ours in the process: the same answers, pair by pair."""

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagEvaluationDetails

from flagsdk import FlagClient
from flagsdk.integrations.openfeature import FlagsvcProvider
from tests.support.random_flags import TYPES, VALUES, drawn, request_of
from tests.support.service import Service
from tests.support.timing import eventually
from tests.system.cluster import ENVIRONMENT

pytestmark = pytest.mark.servers

SEED = 20_261_125
PAIRS = 10_000
THREADS = 4
DEFAULTS: dict[str, Any] = {
    "boolean": True, "string": "default", "integer": 99, "float": 9.5, "object": {"default": True},
}  # fmt: skip
LENIENT = {("integer", "boolean"), ("float", "integer")}
"""(asked, flag) of other types about which the two differ: Python's True is an int to the stock provider, and an
integer from JSON is no float to it."""


class Answer(NamedTuple):
    """What both have to agree on. `reason` is the precise one, which OFREP has in its metadata."""

    value: Any
    variant: str | None
    reason: str
    error: ErrorCode | None
    rule: Any
    bucket: Any
    prerequisite: Any


@dataclass(frozen=True)
class Question:
    """A flag, the type that it is asked for, and a context."""

    key: str
    kind: str
    context: EvaluationContext

    def asked(self, domain: str) -> FlagEvaluationDetails[Any]:
        """Ask the stock SDK."""
        get = getattr(api.get_client(domain), f"get_{self.kind}_details")
        found: FlagEvaluationDetails[Any] = get(self.key, DEFAULTS[self.kind], self.context)
        return found

    def answer(self, domain: str) -> Answer:
        """Ask, and keep what can be compared."""
        found = self.asked(domain)
        metadata = found.flag_metadata if found.error_code is None else {}
        facts = [metadata.get(name) for name in ("rule", "bucket", "prerequisite")]
        reason = str(metadata.get("reason", found.reason))
        return Answer(found.value, found.variant, reason, found.error_code, *facts)


@dataclass(frozen=True)
class Both:
    """The flags of a running service, and the questions."""

    kinds: dict[str, str]
    contexts: list[EvaluationContext]

    def questions(self, number: int, chance: random.Random, *, own_type: bool) -> list[Question]:
        """Draw questions for flags that exist, by their own type or by another."""
        found: list[Question] = []
        while len(found) < number:
            key = chance.choice(list(self.kinds))
            others = [kind for kind in TYPES if kind != self.kinds[key] and (kind, self.kinds[key]) not in LENIENT]
            kind = self.kinds[key] if own_type else chance.choice(others)
            found.append(Question(key, kind, chance.choice(self.contexts)))
        return found


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    documents = drawn(SEED, flag_count=60, context_count=200)
    with ExitStack() as stack:
        service = Service({})
        stack.callback(service.close)
        service.start()
        requests = [(f"environments/{ENVIRONMENT}/segments", segment) for segment in documents.segments]
        requests += [("flags", request_of(flag, ENVIRONMENT)) for flag in documents.flags]
        with service.client() as web:
            for path, body in requests:
                response = web.post(f"/api/v1/{path}", json=body)
                assert response.is_success, response.text
        archived = documents.flags[-1]["key"]
        service.call("POST", f"flags/{archived}/archive")
        wanted = {"kind": "sdk", "environment": ENVIRONMENT, "name": "tests"}
        token = service.call("POST", "tokens", wanted)["document"]["token"]
        client = stack.enter_context(FlagClient(service.url, token=token))
        stack.callback(api.shutdown)
        api.set_provider_and_wait(FlagsvcProvider(client), "ours")
        ofrep = OFREPProvider(service.url, headers_factory=lambda: {"Authorization": f"Bearer {token}"}, timeout=60)
        ofrep.session.trust_env = False  # no proxy of this machine between
        api.set_provider_and_wait(ofrep, "ofrep")
        told = Question(documents.flags[0]["key"], documents.flags[0]["type"], EvaluationContext("user-1"))
        eventually(lambda: _revision(told, "ours") == _revision(told, "ofrep") > 0, "both at one revision")
        yield Both({flag["key"]: flag["type"] for flag in documents.flags} | {"nothing": "string"}, documents.contexts)


def _revision(question: Question, domain: str) -> int:
    return int(question.asked(domain).flag_metadata.get("revision", 0))


def answers(questions: list[Question], domain: str) -> list[Answer]:
    """Ask everything, from several threads."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda question: question.answer(domain), questions))


def test_ten_thousand_random_pairs_get_the_same_answer_from_both(both: Both) -> None:
    questions = both.questions(PAIRS, random.Random(SEED), own_type=True)  # noqa: S311 - questions, no secret

    ours, theirs = answers(questions, "ours"), answers(questions, "ofrep")

    differing = [
        (question, one, other) for question, one, other in zip(questions, ours, theirs, strict=True) if one != other
    ]
    assert differing[:3] == [], f"{len(differing)} differ; seed {SEED}"
    assert all(type(one.value) is type(other.value) for one, other in zip(ours, theirs, strict=True))
    reasons = Counter(answer.reason for answer in ours)
    assert set(reasons) >= {"STATIC", "DEFAULT", "TARGETING_MATCH", "SPLIT", "DISABLED", "ERROR"}, reasons
    errors = Counter(answer.error for answer in ours)
    assert set(errors) == {None, ErrorCode.FLAG_NOT_FOUND, ErrorCode.TARGETING_KEY_MISSING}, errors
    assert max(reasons.values()) < PAIRS / 2, reasons


def test_a_flag_of_another_type_is_the_default_for_both(both: Both) -> None:
    questions = both.questions(1_000, random.Random(SEED), own_type=False)  # noqa: S311 - likewise

    for domain in ("ours", "ofrep"):
        found = answers(questions, domain)

        assert [answer.value for answer in found] == [DEFAULTS[question.kind] for question in questions]
        assert {answer.error for answer in found} >= {ErrorCode.TYPE_MISMATCH}
        assert None not in {answer.error for answer in found}


def test_where_the_stock_provider_is_lenient_or_strict_ours_says_what_the_types_say(both: Both) -> None:
    found = {}
    for asked, kind in LENIENT:
        key = next(key for key, known in both.kinds.items() if known == kind)
        question = next(q for q in (Question(key, asked, c) for c in both.contexts) if _is_served(q, kind))
        found[asked, kind] = question.asked("ours"), question.asked("ofrep")

    boolean, integer = found["integer", "boolean"], found["float", "integer"]
    assert [answer.error_code for answer in boolean] == [ErrorCode.TYPE_MISMATCH, None]
    assert [answer.error_code for answer in integer] == [None, ErrorCode.TYPE_MISMATCH]
    assert (integer[0].value, type(integer[0].value)) == (float(integer[0].value), float)
    assert boolean[1].value in VALUES["boolean"]


def _is_served(question: Question, kind: str) -> bool:
    return Question(question.key, kind, question.context).asked("ours").error_code is None
