"""What is said at the end, and whether the demo ended as it should."""

from collections.abc import Iterator, Sequence

from examples.demo.story import Ending

Fact = tuple[bool, str]


def went_well(endings: Sequence[Ending]) -> bool:
    """Whether the good release reached everybody, and the bad one was taken back from everybody."""
    outcomes = [(ending.phase, ending.everybody_at) for ending in endings]
    return outcomes == [("succeeded", "v2"), ("rolled-back", "v2")]


def facts(endings: Sequence[Ending]) -> Iterator[Fact]:
    """Tell the endings in words, each with whether it is as it should be."""
    good, *rest = endings
    reached = good.phase == "succeeded" and good.everybody_at == "v2"
    yield (
        reached,
        f"The good release {_became(good)}; at the end visitors got {good.everybody_at or 'several versions'}.",
    )
    back = f"{good.came_back} of {good.moved:,} visitors who moved to v2 were sent back and forth on the way."
    yield good.came_back == 0, back
    for bad in rest:
        taken_back = bad.phase == "rolled-back" and bad.everybody_at == "v2"
        seen = bad.everybody_at or "several versions"
        yield taken_back, f"The bad release {_became(bad)}; at the end visitors got {seen}."
        answered = f"it had answered {bad.requests:,} requests, {bad.failed} of them with an error."
        if not taken_back:
            yield False, f"Nobody took it back: {answered}"
            continue
        yield True, f"Decided {bad.decided_after:.1f} s after it began to fail: {bad.cause or 'no cause is known'}"
        yield True, f"{bad.left_after:.1f} s after it began to fail nobody got it any more; {answered}"


def _became(ending: Ending) -> str:
    became = {"succeeded": "reached 100 %", "rolled-back": "was rolled back", "aborted": "was aborted"}
    return became.get(ending.phase, f"is {ending.phase}")
