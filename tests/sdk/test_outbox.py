"""What waits to be reported: everything counted, once; whatever is merged, replaced, renewed or forked meanwhile."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core import Context
from flagsdk.core.sketch import MOST, WHOLE, Sample, merged
from flagsdk.core.snapshot import Snapshot
from flagsdk.outbox import Batch, Outbox
from flagsdk.usage import Usage
from flagsdk.wire import admit
from flagsdk.wire.members import MAX_COUNT
from flagsdk.wire.usage import MAX_USES
from tests.sdk.documents import change, flag, half, texts, traffic, whole

HALF = flag("a", default=half())


def use(snapshot: Snapshot, key: str, count: int = 1, first: int = 0) -> None:
    """Serve a flag to `count` new units, as a getter does."""
    for number in range(first, first + count):
        snapshot.decide[key](Context(f"user-{number}")).uses += 1


def world(*documents: dict[str, object]) -> tuple[Usage, Snapshot, Outbox]:
    usage, snapshot = Usage(), admit(whole(texts(*documents)))
    usage.follow(snapshot)
    return usage, snapshot, Outbox(usage)


def delivered(outbox: Outbox) -> Counter[tuple[str, str, str | None]]:
    """Accept everything that waits, and tell what it was."""
    told: Counter[tuple[str, str, str | None]] = Counter()
    for batch in outbox.batches():
        outbox.accept(batch)
        for row in batch.uses:
            told[row.kind, row.key, row.variant] += row.uses
    return told


@given(st.lists(st.tuples(st.sampled_from(["use", "change", "tell", "lose"]), st.integers(1, 9)), max_size=40))
def test_every_use_is_told_once_whatever_happens_between(steps: list[tuple[str, int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("flagsdk.usage.MAX_TOTALS", 4)
        present = whole(texts(HALF))
        snapshot, usage = admit(present), Usage()
        usage.follow(snapshot)
        outbox = Outbox(usage)
        used, told = 0, 0
        for step, (what, number) in enumerate(steps):
            match what:
                case "use":
                    use(snapshot, "a", number)
                    used += number
                case "change":
                    _, present = change(present, texts(HALF | {"name": str(step)}))
                    snapshot = snapshot.apply(present.revision, {"flag/a": present.documents["flag/a"]})
                    usage.follow(snapshot)
                case "tell":
                    told += delivered(outbox).total()
                case _:
                    list(outbox.batches())  # written, but never taken
        told += delivered(outbox).total()

    assert told == used


def test_nothing_new_is_one_empty_batch() -> None:
    _, _, outbox = world(HALF)

    assert list(outbox.batches()) == [Batch()]


def test_flags_and_splits_are_told_apart() -> None:
    _, snapshot, outbox = world(flag("t"), traffic("t"))

    use(snapshot, "t")
    snapshot.cohorts["t"]({}).uses += 2

    assert delivered(outbox) == {("flag", "t", "on"): 1, ("split", "t", "stable"): 2}


def test_many_rows_come_in_several_batches() -> None:
    _, snapshot, outbox = world(*(flag(f"f{number}") for number in range(MAX_USES + 1)))
    for key in snapshot.keys("flag"):
        use(snapshot, key)

    sizes = [len(batch.uses) for batch in outbox.batches()]

    assert sizes == [MAX_USES, 1]


def test_more_than_a_row_can_say_waits_for_the_next() -> None:
    _, snapshot, outbox = world(flag("a"))
    snapshot.decide["a"]({}).uses += MAX_COUNT + 5

    assert [delivered(outbox).total() for _ in range(3)] == [MAX_COUNT, 5, 0]


def test_a_key_that_no_report_can_hold_is_dropped_and_counted() -> None:
    _, snapshot, outbox = world(flag("k" * 101))
    use(snapshot, "k" * 101, 3)

    assert (delivered(outbox).total(), outbox.dropped) == (0, 3)
    assert (delivered(outbox).total(), outbox.dropped) == (0, 3)


def test_dropping_all_counts_it_and_leaves_nothing() -> None:
    _, snapshot, outbox = world(flag("a"))
    use(snapshot, "a", 7)

    outbox.drop_all()

    assert (outbox.dropped, delivered(outbox).total()) == (7, 0)


def sampled(outbox: Outbox) -> Sample:
    """Accept everything that waits, and merge the samples as the service does."""
    found = []
    for batch in outbox.batches():
        outbox.accept(batch)
        found += [row.sample for row in batch.units]
    return merged(found)


def test_units_are_sampled_from_the_first_look_on_and_told_once() -> None:
    _, snapshot, outbox = world(HALF)
    use(snapshot, "a", 100)
    outbox.look()
    use(snapshot, "a", 50)

    assert sampled(outbox).units == 50
    use(snapshot, "a", 50)
    assert sampled(outbox).units == 0
    use(snapshot, "a", 60)
    assert sampled(outbox).units == 10
    assert sampled(outbox).units == 0


def test_nothing_is_sampled_for_a_client_that_does_not_report() -> None:
    usage, snapshot, _ = world(HALF)
    use(snapshot, "a", 10)

    assert usage.totals()
    assert usage.units() == {}


def test_a_threshold_that_sank_is_told_without_a_new_hash() -> None:
    """Or else the service would take hashes above it for all that there were."""
    _, snapshot, outbox = world(HALF)
    use(snapshot, "a")
    outbox.look()
    [sketch] = {each.sketch for each in snapshot.compiled("flag", "a").outcomes if each.sketch}
    for place in range(MOST):
        sketch.note(place)
    assert sampled(outbox) == Sample(0, frozenset(range(MOST)))

    sketch.note(WHOLE - 1)

    [batch] = outbox.batches()
    assert [row.sample for row in batch.units] == [Sample(1, frozenset())]


def test_merging_old_revisions_tells_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flagsdk.usage.MAX_TOTALS", 4)
    present, usage, told = whole(texts(HALF)), Usage(), 0
    snapshot, outbox = admit(present), Outbox(usage)
    usage.follow(snapshot)

    for number in range(30):
        use(snapshot, "a", 10)
        told += delivered(outbox).total()
        _, present = change(present, texts(HALF | {"name": str(number)}))
        snapshot = snapshot.apply(present.revision, {"flag/a": present.documents["flag/a"]})
        usage.follow(snapshot)

    assert told + delivered(outbox).total() == 300


def test_what_is_told_in_parts_merges_into_what_was_seen() -> None:
    """Also across the moments at which the threshold sinks, and a change of the flag."""
    usage, snapshot, outbox = world(HALF)
    use(snapshot, "a")
    outbox.look()
    told = []
    for first in range(0, 5_000, 100):
        use(snapshot, "a", 100, first)
        told.append(sampled(outbox))
        if first == 2_500:
            edit = texts(HALF | {"name": "changed"})
            snapshot = snapshot.apply(2, edit)
            usage.follow(snapshot)
            outbox.look()

    together = merged(told)
    assert abs(together.units / 5_000 - 1) <= 4 * together.standard_error


def test_a_new_period_tells_units_again() -> None:
    _, snapshot, outbox = world(HALF)
    use(snapshot, "a")
    outbox.look()
    use(snapshot, "a", 40)
    sampled(outbox)

    outbox.renew()
    use(snapshot, "a", 30)

    assert sampled(outbox).units == 30


def test_samples_are_bounded_in_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flagsdk.usage.MAX_SKETCHES", 3)
    usage, snapshot, outbox = world(*(HALF | {"key": f"f{number}"} for number in range(9)))
    for key in snapshot.keys("flag"):
        use(snapshot, key)
    outbox.look()
    for key in snapshot.keys("flag"):
        use(snapshot, key, 2)

    assert len([sample for sample in usage.units().values() if sample.hashes]) == 3
    assert delivered(outbox).total() == 27


def test_a_forked_child_tells_nothing_of_its_parent() -> None:
    usage, snapshot, outbox = world(HALF)
    use(snapshot, "a")
    outbox.look()
    use(snapshot, "a", 9)
    usage._lock.acquire()  # by a thread that the child has not

    usage.after_fork()
    outbox.after_fork()
    use(snapshot, "a", 2)

    [batch] = outbox.batches()
    assert batch.counted == 2
    assert merged(row.sample for row in batch.units).units == 2
