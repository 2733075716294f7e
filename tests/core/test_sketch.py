"""Samples of units: bounded, mergeable in any order, and right within their own error."""

import threading
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core import Context
from flagsdk.core.hashing.murmur import murmur3
from flagsdk.core.sketch import MOST, NOTHING, WHOLE, Sample, Sketch, merged
from tests.core.making import flag, ruled, snapshot, split

THIRTY = split({"on": 30_000, "off": 70_000})
HASHES = st.integers(0, WHOLE - 1)


def sampled(hashes: list[int]) -> Sample:
    """Note hashes as generated code does."""
    sketch = Sketch()
    sketch.start()
    for place in hashes:
        if place < sketch.threshold and place not in sketch.held:
            sketch.note(place)
    return sketch.sample()


def of_units(count: int, salt: str, first: int = 0) -> Sample:
    seed = murmur3(salt, 0)
    return sampled([murmur3(f"user-{number}", seed) for number in range(first, first + count)])


SAMPLES = st.lists(HASHES, max_size=400).map(sampled)


@given(SAMPLES, SAMPLES, SAMPLES)
def test_merging_is_commutative_associative_and_idempotent(one: Sample, two: Sample, three: Sample) -> None:
    assert merged([one, two]) == merged([two, one])
    assert merged([merged([one, two]), three]) == merged([one, merged([two, three])])
    assert merged([one, one]) == one
    assert merged([one, NOTHING]) == one


@given(st.lists(HASHES, max_size=900), st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(hashes: list[int], chance: Random) -> None:
    shuffled = [*hashes, *hashes[::2]]
    chance.shuffle(shuffled)

    assert sampled(shuffled) == sampled(hashes)


@given(st.lists(HASHES, max_size=900), st.integers(0, 900))
def test_samples_of_parts_merge_into_the_sample_of_the_whole(hashes: list[int], cut: int) -> None:
    assert merged([sampled(hashes[:cut]), sampled(hashes[cut:])]) == sampled(hashes)


@pytest.mark.parametrize("count", [100, 256, 1_000, 10_000, 100_000])
def test_the_estimate_lies_within_four_of_its_standard_errors(count: int) -> None:
    """Over fixed salts: each close, the mean closer."""
    samples = [of_units(count, f"salt-{number}") for number in range(10)]

    ratios = [sample.units / count for sample in samples]
    assert all(abs(ratio - 1) <= 4 * sample.standard_error for ratio, sample in zip(ratios, samples, strict=True))
    assert all(sample.standard_error <= 0.09 for sample in samples)
    assert abs(sum(ratios) / len(ratios) - 1) <= 0.06
    assert all(len(sample.hashes) <= MOST for sample in samples)


def test_merging_keeps_to_the_bound_and_thins_what_is_finer() -> None:
    assert merged([of_units(200, "s"), of_units(200, "s", first=57)]) == of_units(257, "s")
    assert merged([of_units(1_000, "s"), of_units(50, "s", first=1_000)]) == of_units(1_050, "s")
    assert merged([of_units(50, "s", first=1_000), of_units(1_000, "s")]) == of_units(1_050, "s")


def test_few_units_are_counted_exactly() -> None:
    assert (of_units(MOST, "s").units, of_units(MOST, "s").standard_error) == (MOST, 0.0)
    assert of_units(MOST + 1, "s").level == 1


def test_the_same_units_seen_by_two_clients_count_once() -> None:
    together = merged([of_units(20_000, "s"), of_units(20_000, "s", first=10_000)])

    assert abs(together.units / 30_000 - 1) <= 4 * together.standard_error


def test_a_sketch_that_nobody_started_keeps_nothing() -> None:
    loaded = snapshot(flag("f", default=THIRTY))

    for number in range(1_000):
        loaded.decide["f"](Context(f"user-{number}"))

    sketch = loaded.decide["f"](Context("x")).sketch
    assert sketch is not None
    assert (sketch.held, sketch.sample()) == (set(), NOTHING)


def started(document: dict[str, object]) -> tuple[Callable[[Context], object], list[Sketch]]:
    """Compile the flag `f` and start its sketches."""
    loaded = snapshot(document)
    outcomes = loaded.compiled("flag", "f").outcomes
    sketches = list(dict.fromkeys(each.sketch for each in outcomes if each.sketch))
    for sketch in sketches:
        sketch.start()
    return loaded.decide["f"], sketches


@pytest.mark.parametrize("arms", [2, 4, 12])
def test_a_split_samples_its_units_whatever_variant_they_get(arms: int) -> None:
    weights = {f"v{number}": 100_000 // arms for number in range(arms - 1)}
    weights["last"] = 100_000 - sum(weights.values())
    variants = {name: name for name in weights}
    decide, [sketch] = started(flag("f", type="string", variants=variants, offVariant="last", default=split(weights)))

    for number in range(5_000):
        decide(Context(f"user-{number % 1_000}"))

    assert abs(sketch.sample().units / 1_000 - 1) <= 4 * sketch.sample().standard_error


def test_only_the_split_that_decides_samples_the_unit() -> None:
    rule = {"id": "r", "when": {"attribute": "plan", "op": "exists"}} | split({"on": 1, "off": 99_999}, salt="r")
    decide, sketches = started(flag("f", rules=[rule], default=THIRTY))

    decide(Context("ann", plan="pro"))
    decide(Context("bob", plan="pro"))
    decide(Context("cyd"))

    assert sorted(sketch.sample().units for sketch in sketches) == [1, 2]


def test_a_bulk_notes_nobody() -> None:
    more = [ruled({"attribute": "plan", "op": "exists"}, key=f"r{n}", default=THIRTY) for n in range(5)]
    loaded = snapshot(*more, *(flag(f"f{number}", default=THIRTY) for number in range(5)))
    loaded.bulk(Context("x"))
    sketches = [
        each.sketch for key in loaded.keys("flag") for each in loaded.compiled("flag", key).outcomes if each.sketch
    ]
    for sketch in sketches:
        sketch.start()

    outcomes = loaded.bulk(Context("ann"))

    assert len(outcomes) == 10
    assert all(not sketch.held for sketch in sketches)


def test_the_hash_of_another_family_is_no_sample() -> None:
    other = split({"on": 50, "off": 50}, hash="unleash", allocation=[["on", 0, 50], ["off", 50, 100]])
    _, sketches = started(flag("f", default=other))

    assert sketches == []


def test_threads_that_note_at_once_keep_the_sample_within_bounds() -> None:
    decide, [sketch] = started(flag("f", default=THIRTY))

    def ask(first: int) -> None:
        for number in range(first, first + 10_000):
            decide(Context(f"user-{number}"))

    threads = [threading.Thread(target=ask, args=(number * 10_000,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    sample = sketch.sample()
    assert len(sample.hashes) <= MOST
    assert abs(sample.units / 40_000 - 1) <= 5 * sample.standard_error
