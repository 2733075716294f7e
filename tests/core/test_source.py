"""Generated source: nothing that a user wrote ever reaches it, and equal shapes share it."""

import json
from keyword import iskeyword
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flagsdk.core import Context, compile_source, evaluate
from flagsdk.core.compile_loop import LEAST
from flagsdk.core.compile_source import MAX_FACTORIES, factory_of
from flagsdk.core.explain import explained
from tests.core.making import flag, segment, snapshot, split
from tests.core.strategies import KEYS, flag_sets, segment_sets

WORDS = (
    "factory decide holds context get lookup unit_of target place type str int float lower encode isascii startswith"
    " endswith murmur3_of_text murmur3_of_bytes bisect Exception unit rare TARGETING_KEY"
    " key rows decide_all outcomes outcome uses threshold held note"
)


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect every source text that is compiled, starting from none."""
    seen: list[str] = []
    compiled = compile_source._compiled

    def watched(text: str) -> Any:
        seen.append(text)
        return compiled(text)

    monkeypatch.setattr(compile_source, "_FACTORIES", {})
    monkeypatch.setattr(compile_source, "_compiled", watched)
    return seen


def _foreign(text: str) -> set[str]:
    """Names in a source text that are neither generated nor words of the generator."""
    cleaned = "".join(letter if letter.isalnum() or letter == "_" else " " for letter in text)
    names = {word for word in cleaned.split() if not word.isdecimal()}
    return {
        name
        for name in names
        if name not in WORDS.split() and not iskeyword(name) and not name.removeprefix("read").lstrip("kv").isdecimal()
    }


NASTY = [
    '"',
    "'",
    "\\",
    "\n",
    '"""',
    "{first}",
    "{k}",
    "%s",
    "__import__('os').abort()",
    "k0",
    "v0",
    "context",
    "\x00",
    "#",
    "a.b",
    "None",
    "): raise SystemExit #",
]


def _nasty_flag(text: str) -> dict[str, Any]:
    conditions: list[dict[str, Any]] = [
        {"attribute": text, "op": name, "values": [text], "negate": negate, "ignoreCase": negate}
        for name in ("equals", "in", "contains", "startsWith", "endsWith")
        for negate in (False, True)
    ]
    conditions += [
        {"attribute": text, "op": "in", "values": [text, "x"]},
        {"segment": text},
        {"bucket": {"salt": "s", "by": text, "ranges": []}},
    ]
    rule = {"id": text, "when": {"any": [{"all": conditions}, {"not": {"any": conditions}}]}, "serve": text}
    return flag(
        text,
        type="string",
        variants={text: text, "off": text},
        targets=[{"variant": text, "units": [text], "by": text}],
        rules=[rule],
        default=split({text: 50_000, "off": 50_000}, by=text),
        salt="s",
    )


@pytest.mark.parametrize("text", NASTY)
def test_nothing_a_user_wrote_reaches_the_source(text: str, texts: list[str]) -> None:
    document = _nasty_flag(text)
    audience = segment(text, included=[text], excluded=[text + "x"], by=text, when={"attribute": text, "op": "exists"})
    loaded = snapshot(document, *(document | {"key": f"copy-{n}"} for n in range(LEAST)), segments=[audience])

    loaded.bulk(Context(text))
    for context in (Context(text) | {text: text}, Context("u"), Context("u") | {text: ["x", text]}):
        assert evaluate(loaded, text, context) == explained(loaded, text, context)

    assert texts
    for source in texts:
        assert source.isascii()
        assert not set(source) & set("\"'\\{}#%@")
        assert _foreign(source) == set()


def test_the_shape_does_not_depend_on_any_text(texts: list[str]) -> None:
    for text in ("plain", *NASTY):
        if "." not in text:  # a dotted name is another shape: it is looked up along its path
            loaded = snapshot(_nasty_flag(text), segments=[segment(text, included=["x"])])
            evaluate(loaded, text, Context("u"))

    assert len(texts) == 1


@given(flag_sets(), segment_sets())
@settings(max_examples=25)
def test_no_random_document_leaves_a_trace_in_the_source(flags: list[Any], segments: list[Any]) -> None:
    made: dict[str, Any] = {}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compile_source, "_FACTORIES", made)
        loaded = snapshot(*flags, segments=segments)
        loaded.bulk(Context("ann"))
        for key in KEYS:
            evaluate(loaded, key, Context("ann"))

    assert {name for text in made for name in _foreign(text)} == set()


def test_equal_shapes_are_compiled_once(texts: list[str]) -> None:
    flags = [flag(f"f{number}", default=split({"on": number, "off": 100_000 - number})) for number in range(1, 50)]
    loaded = snapshot(*flags)

    for document in flags:
        evaluate(loaded, document["key"], Context("ann"))

    assert len(texts) == 1


def test_the_store_of_shapes_is_bounded(texts: list[str]) -> None:
    for number in range(MAX_FACTORIES + 10):
        factory_of(f"def factory():\n    return {number}")

    assert len(compile_source._FACTORIES) <= MAX_FACTORIES
    assert factory_of("def factory():\n    return 1")() == 1


def test_generated_code_sees_no_builtins() -> None:
    with pytest.raises(NameError):
        factory_of("def factory():\n    return open")()


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_text_may_be_a_rule_a_unit_or_an_attribute(text: str, other: str) -> None:
    loaded = snapshot(json.loads(json.dumps(_nasty_flag(text))), segments=[segment(text)])
    context = Context(other) | {text: other}

    assert evaluate(loaded, text, context) == explained(loaded, text, context)
