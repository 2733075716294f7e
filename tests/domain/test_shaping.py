"""What the server owns in a document: ids, salts and tables, which no save changes unless it means to."""

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core.allocation import WHOLE, check, share
from flagsvc.domain.shaping import Shaper

FLAGD_SPACE = 2**31 + 1
NAMES = ("a", "b", "c", "off")


def weights() -> st.SearchStrategy[dict[str, int]]:
    """Draw weights over the four variants."""
    cuts = st.lists(st.integers(0, WHOLE), min_size=3, max_size=3).map(sorted)
    return cuts.map(lambda cut: {n: b - a for n, a, b in zip(NAMES, [0, *cut], [*cut, WHOLE], strict=True)})


def shaped(document: dict[str, Any], before: dict[str, Any] | None = None) -> tuple[dict[str, Any], list[str]]:
    """Shape a document over what was there."""
    numbers = itertools.count()
    shaper = Shaper(before or {}, "own-salt", "off", lambda: f"{next(numbers):032}")
    return shaper.shape(document), shaper.redrawn


def flag(given: Any, **split: Any) -> dict[str, Any]:
    """Make a document whose default is a split."""
    return {"default": {"split": {"weights": given, **split}}, "rules": []}


@given(weights())
def test_a_new_split_gets_the_own_salt_and_a_sound_table(drawn: dict[str, int]) -> None:
    document, redrawn = shaped(flag(drawn))
    split = document["default"]["split"]

    assert (split["salt"], split["hash"], split["by"], redrawn) == ("own-salt", "murmur3", "targetingKey", [])
    entries = tuple(map(tuple, split["allocation"]))
    check(entries, WHOLE)
    assert share(entries) == {name: weight for name, weight in drawn.items() if weight}


@given(first=weights(), second=weights(), data=st.data())
def test_a_save_without_an_edit_changes_nothing(
    first: dict[str, int], second: dict[str, int], data: st.DataObject
) -> None:
    """Whatever path led to a table: sent back, in any order of members, with or without the table, it stays."""
    document, _ = shaped(flag(second), shaped(flag(first))[0])
    split = document["default"]["split"]
    order = data.draw(st.permutations(sorted(split["weights"])))
    again = flag({name: split["weights"][name] for name in order})

    assert shaped(again, document) == (document, [])
    assert shaped(document, document) == (document, [])
    assert shaped(flag(second, allocation=[["a", 0, WHOLE]]), document) == (document, [])


@given(weights())
def test_the_base_is_on_top_so_that_shared_salts_nest(drawn: dict[str, int]) -> None:
    """The off variant owns the last buckets of a first table."""
    entries = shaped(flag(drawn))[0]["default"]["split"]["allocation"]
    if drawn["off"]:
        assert entries[-1] == ["off", WHOLE - drawn["off"], WHOLE]


def test_one_variant_for_all_is_where_a_split_begins() -> None:
    """From `serve: off` to 30 %: exactly those 30 % move; and from `serve: a` likewise."""
    to = {"a": 30_000, "off": 70_000}
    for served in ("off", "a"):
        document, _ = shaped(flag(to), {"default": {"serve": served}, "rules": []})
        assert document["default"]["split"]["allocation"] == [["a", 0, 30_000], ["off", 30_000, WHOLE]]


def test_another_salt_hash_or_space_draws_anew() -> None:
    """Each is reported by pointer; another attribute or weight is not."""
    before, _ = shaped(flag({"a": WHOLE}))
    for change in ({"salt": "other"}, {"hash": "flagd1"}, {"hash": "murmur3", "space": 1000}):
        redrawn = shaped(flag({"a": WHOLE}, **change), before)[1]
        assert redrawn == ["/default/split"]
    assert shaped(flag({"a": WHOLE}, by="account"), before)[1] == []


def test_rules_keep_what_their_id_owns() -> None:
    """A rule is known by its id: it keeps salt and table wherever it stands; a new one gets an id."""
    rule = {"id": "r1", "when": {"all": []}, "split": {"weights": {"a": WHOLE}, "salt": "special"}}
    before, _ = shaped({"default": {"serve": "off"}, "rules": [rule]})
    edited = {"when": {"all": []}, "serve": "a"}
    moved = {**rule, "split": {"weights": {"a": 50_000, "off": 50_000}}}

    document, redrawn = shaped({"default": {"serve": "off"}, "rules": [edited, moved]}, before)

    assert redrawn == []
    assert document["rules"][0]["id"] == "00000000"
    split = document["rules"][1]["split"]
    assert (split["salt"], split["allocation"]) == ("special", [["a", 0, 50_000], ["off", 50_000, WHOLE]])


def test_what_was_sent_stays_as_it_is() -> None:
    """Shaping works on copies."""
    sent = {
        "default": {"split": {"weights": {"a": WHOLE}}},
        "rules": [{"when": {}, "split": {"weights": {"a": WHOLE}}}],
    }
    kept = repr(sent)
    shaped(sent)
    assert repr(sent) == kept


def test_malformed_parts_are_left_for_the_check() -> None:
    """Anything of the wrong form passes through without a table."""
    odd: list[dict[str, Any]] = [
        {"default": 1, "rules": 2},
        {"default": {"split": []}, "rules": [None, {"split": None}, {"id": 3, "split": {}}]},
        {"default": {"split": {"weights": {"a": True}}}, "rules": []},
        {"default": {"split": {"weights": {"a": -1, "off": WHOLE + 1}}}, "rules": []},
        {"default": {"split": {"weights": {"a": 50_000.0, "off": 50_000}}}, "rules": []},
        {"default": {"split": {"weights": {"a": 1}}}, "rules": []},
        {"default": {"split": {"weights": {"a": WHOLE}, "hash": "nope"}}, "rules": []},
        {"default": {"split": {"weights": {"a": WHOLE}, "hash": ["x"]}}, "rules": []},
        {"default": {"split": {"weights": {"a": WHOLE}, "space": -1}}, "rules": []},
        {"default": {"split": {"weights": {"a": WHOLE}, "space": "x"}}, "rules": []},
    ]
    for document in odd:
        result, _ = shaped(document, odd[1])
        split = result["default"].get("split") if isinstance(result["default"], dict) else None
        assert "allocation" not in (split or {})


def test_a_null_id_means_none() -> None:
    """A rule sent with id null gets one."""
    document, _ = shaped({"rules": [{"id": None, "serve": "a"}], "default": {"serve": "a"}})
    assert document["rules"][0]["id"] == "00000000"


def test_a_hash_with_other_buckets_starts_over() -> None:
    """The table of another space cannot be carried over: it is laid out anew."""
    before, _ = shaped(flag({"a": 25_000, "off": 75_000}))
    document, redrawn = shaped(flag({"a": 25_000, "off": 75_000}, hash="flagd1"), before)
    split = document["default"]["split"]
    assert redrawn == ["/default/split"]
    assert split["allocation"] == [["a", 0, FLAGD_SPACE // 4], ["off", FLAGD_SPACE // 4, FLAGD_SPACE]]


def test_the_number_of_buckets_stays() -> None:
    """A split over few buckets keeps them when an edit does not name them."""
    before, _ = shaped(flag({"a": 50_000, "off": 50_000}, space=10))
    document, redrawn = shaped(flag({"a": 60_000, "off": 40_000}), before)
    assert document["default"]["split"]["allocation"] == [["a", 0, 6], ["off", 6, 10]]
    assert redrawn == []
