"""Splits and bucket conditions over units whose buckets are known from the vectors, never from the engine."""

from itertools import pairwise
from typing import Any

from tests.conformance.vector_files import FILES, Vector, vectors_of

from .family import FAILS, HOLDS, Document, Expected, Family

SPACES = {
    "murmur3": 100_000,
    "launchdarkly": 2**60,
    "growthbook1": 1_000,
    "growthbook2": 10_000,
    "flagsmith": 9_998,
    "split": 100,
    "split-legacy": 100,
    "flagd1": 2**31 + 1,
    "featurevisor": 100_000,
    "nginx-murmur2": 10_000,
}
"""Spaces of the hashes whose vectors do not say one."""
PER_FILE = 30


def split_of(vector: Vector, table: list[list[Any]]) -> Document:
    """Give a split over the variants of a table; the weights are for display only."""
    names = [entry[0] for entry in table]
    weights = dict.fromkeys(names, 0) | {names[-1]: 100_000}
    return {**drawing_of(vector), "weights": weights, "allocation": table}


def drawing_of(vector: Vector) -> Document:
    """Give the members that say how a unit is drawn."""
    drawing: Document = {"by": "targetingKey", "hash": vector.hash, "salt": vector.salt}
    return drawing if vector.space is None else {**drawing, "space": vector.space}


def around(bucket: int, space: int) -> list[list[Any]]:
    """Give the table in which one bucket belongs to yes, everything below to off, everything above to no."""
    table: list[list[Any]] = [["off", 0, bucket], ["yes", bucket, bucket + 1], ["no", bucket + 1, space]]
    return [entry for entry in table if entry[1] < entry[2]]


def _in_split(bucket: int) -> Expected:
    return {"value": "yes", "variant": "yes", "reason": "SPLIT", "bucket": bucket}


def buckets() -> Family:
    """Units fall into their bucket and neither of its neighbours, at every vector of the native hash."""
    family = Family("buckets", "Ranges are half-open: bucket b belongs to [b, b + 1) and to nothing beside it.")
    for number, vector in enumerate(vectors_of("native_murmur3")):
        if vector.unit:
            table = around(vector.bucket, SPACES["murmur3"])
            key = family.flag(f"u{number}", default={"split": split_of(vector, table)})
            family.case(f"split/{number}", key, {"targetingKey": vector.unit}, _in_split(vector.bucket))
    return family


def bucket_conditions() -> Family:
    """Bucket conditions hold inside their half-open ranges; a missing unit makes one neither true nor false."""
    family = Family("bucket-conditions", "In a range: from <= bucket < to. Without a unit unknown, negated or not.")
    vectors = vectors_of("native_murmur3")
    chosen = [vector for vector in vectors if vector.unit][:40] + vectors[-9:]
    for number, vector in enumerate(chosen):
        space, own = SPACES["murmur3"], vector.bucket
        beside = [[start, end] for _, start, end in around(own, space) if start != own]
        for name, ranges, inside in (("own", [[own, own + 1]], True), ("beside", beside, False)):
            condition = {"bucket": {"salt": vector.salt, "by": "targetingKey", "ranges": ranges}}
            context = {"targetingKey": vector.unit}
            family.test(f"{name}/{number}", condition, context, inside)
    nowhere: Document = {"bucket": {"salt": "s", "ranges": []}}
    everywhere: Document = {"bucket": {"salt": "s", "by": "company.id", "ranges": [[0, 100_000]]}}
    family.test("empty", nowhere, {"targetingKey": "user-1"}, FAILS)
    family.test("everywhere", everywhere, {"company": {"id": "acme"}}, HOLDS)
    for name, unit in {"empty": "", "number": 7, "true": True, "null": None, "list": ["acme"], "object": {}}.items():
        family.test(f"missing/{name}", everywhere, {"targetingKey": "user-1", "company": {"id": unit}}, None)
        family.truth(f"missing/{name}/group", {"all": [everywhere]}, {"company": {"id": unit}}, None)
    family.test("missing/absent", everywhere, {"targetingKey": "user-1"}, None)
    return family


def hashes() -> Family:
    """Every named hash, as a split and as a bucket condition, over its own vectors and space."""
    family = Family("hashes", "A split is drawn by the hash it names, over that hash's space.")
    for name in FILES:
        for number, vector in enumerate([each for each in vectors_of(name) if each.unit][:PER_FILE]):
            if vector.hash == "murmur3":
                continue
            space = vector.space or SPACES[vector.hash]
            key = family.flag(f"{name}-{number}", default={"split": split_of(vector, around(vector.bucket, space))})
            context = {"targetingKey": vector.unit}
            family.case(f"{name}/{number}", key, context, _in_split(vector.bucket))
            if number % 5 == 0:
                bound = {"bucket": {**drawing_of(vector), "ranges": [[vector.bucket, vector.bucket + 1]]}}
                family.test(f"{name}/{number}/condition", bound, context, HOLDS)
    return family


MISSING: dict[str, Any] = {
    "empty": "",
    "null": None,
    "number": 42,
    "true": True,
    "list": ["user-1"],
    "object": {"id": "user-1"},
}
FAILED: Expected = {"value": "off", "variant": "off", "reason": "ERROR", "error": "TARGETING_KEY_MISSING"}
UNREADABLE: Expected = {"value": "off", "variant": "off", "reason": "ERROR", "error": "INVALID_CONTEXT"}


def splits() -> Family:
    """No unit: the off variant with an error, whether by rule, by default or by attribute."""
    family = Family("splits", "No unit is a defined outcome: the off variant, never the first bucket, never random.")
    whole = {"weights": {"yes": 100_000}, "hash": "murmur3", "salt": "s", "allocation": [["yes", 0, 100_000]]}
    nobody = {"weights": {"yes": 0, "no": 100_000}, "allocation": [["no", 0, 100_000]]}
    by_user = family.flag("by-user", default={"split": {**whole, "by": "targetingKey"}})
    implied = family.flag("implied", default={"split": whole})
    by_company = family.flag("by-company", default={"split": {**whole, "by": "company.id"}})
    ruled = family.flag("ruled", rules=[{"id": "r", "when": {"all": []}, "split": {**whole, "by": "company.id"}}])
    for name, unit in MISSING.items():
        family.case(f"missing/{name}", by_user, {"targetingKey": unit}, FAILED)
        family.case(f"missing/{name}/implied", implied, {"targetingKey": unit}, FAILED)
        family.case(f"missing/{name}/by", by_company, {"targetingKey": "user-1", "company": {"id": unit}}, FAILED)
        family.case(f"missing/{name}/rule", ruled, {"company": {"id": unit}}, {**FAILED, "rule": "r"})
    for key, expected in ((by_user, FAILED), (by_company, FAILED), (ruled, {**FAILED, "rule": "r"})):
        family.case(f"missing/absent/{key}", key, {}, expected)
    for number, unit in enumerate(("\ud800", "a\udfff", "\udc00\ud800")):
        family.case(f"surrogate/{number}", by_user, {"targetingKey": unit}, UNREADABLE)
        family.case(f"surrogate/{number}/by", by_company, {"company": {"id": unit}}, UNREADABLE)
    known = vectors_of("native_murmur3")[0]
    key = family.flag("weight-zero", default={"split": {**nobody, "salt": known.salt}})
    expected = {"value": "no", "variant": "no", "reason": "SPLIT", "bucket": known.bucket}
    family.case("weight-zero", key, {"targetingKey": known.unit}, expected)
    return family


STEPS = (0, 1, 1_000, 10_000, 50_000, 99_999, 100_000)


def nesting() -> Family:
    """Flag and traffic split that share a salt agree on every unit, and a growing arm only ever gains units."""
    family = Family("nesting", "Same salt, same cohort: at the edge and in the code, and nobody leaves a growing arm.")
    edges = vectors_of("native_murmur3")[-9:]
    for step in STEPS:
        both: list[list[Any]] = [["canary", 0, step], ["stable", step, 100_000]]
        table = [entry for entry in both if entry[1] < entry[2]]
        weights = {"canary": step, "stable": 100_000 - step}
        split = {
            "weights": weights,
            "by": "targetingKey",
            "hash": "murmur3",
            "salt": edges[0].salt,
            "allocation": table,
        }
        variants = {"canary": "canary", "stable": "stable"}
        key = family.flag(f"at-{step}", variants=variants, offVariant="stable", default={"split": split})
        family.split(key, backends=["canary", "stable"], stable="stable", default={"split": split})
        for unit in edges:
            arm = "canary" if unit.bucket < step else "stable"
            expected = {"value": arm, "variant": arm, "reason": "SPLIT", "bucket": unit.bucket}
            for kind in ("flag", "split"):
                family.case(f"{step}/{unit.bucket}/{kind}", key, {"targetingKey": unit.unit}, expected, kind)
    return family


def tables() -> Family:
    """Tables of many ranges are searched by bucket, whatever the order in which the ranges were taken."""
    family = Family("tables", "The range that holds the bucket decides; the order of the ranges does not matter.")
    edges = vectors_of("native_murmur3")[-9:]
    bounds = sorted({0, *(unit.bucket for unit in edges), *(unit.bucket + 1 for unit in edges)})
    arms = ("yes", "no", "off")
    rising: list[list[Any]] = [[arms[n % 3], start, end] for n, (start, end) in enumerate(pairwise(bounds))]
    for name, table in {"rising": rising, "falling": rising[::-1], "mixed": rising[::2] + rising[1::2]}.items():
        split = {**split_of(edges[0], table), "weights": {"yes": 40_000, "no": 40_000, "off": 20_000}}
        key = family.flag(name, default={"split": split})
        for unit in edges:
            (arm,) = [variant for variant, start, end in rising if start <= unit.bucket < end]
            expected = {"value": arm, "variant": arm, "reason": "SPLIT", "bucket": unit.bucket}
            family.case(f"{name}/{unit.bucket}", key, {"targetingKey": unit.unit}, expected)
    return family
