"""Every published vector of every hash family, row by row."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from flagsdk.core.hashing import BUCKETS, HASHES, bucket_of, hash_of

VECTORS = Path(__file__).parents[1] / "conformance" / "vectors"

Row = dict[str, str]
Case = tuple[str, str, str, int | None, float]
"""Hash name, salt, unit, space and the expected integer (a float where the file holds the vendor's fraction)."""


def _native(row: Row) -> Case:
    return "murmur3", row["salt"], row["unit"], None, int(row["bucket_0_99999"])


def _unleash(row: Row) -> Case:
    group = row.get("group_id", row.get("groupId", ""))
    name = "unleash-variant" if row.get("seed") == "86028157" else "unleash"
    expected = row.get("expected_1_n") or row["normalised_1_100"]
    return name, group, row["identifier"], int(row.get("normalizer", 100)), int(expected) - 1


def _launchdarkly(row: Row) -> Case:
    prefix = row["seed"] or f"{row['flag_key']}.{row['salt']}"
    return "launchdarkly", prefix, str(json.loads(row["value_json"])), None, int(row["sha1_60bit"])


def _growthbook(row: Row) -> Case:
    version = row.get("hash_version") or row["version"]
    scale = {"1": 1_000, "2": 10_000}[version]
    return f"growthbook{version}", row["seed"], row["value"], scale, round(float(row["expected"]) * scale)


def _growthbook_namespace(row: Row) -> Case:
    return "growthbook1", "__" + row["namespace"], row["value"], None, round(float(row["n"]) * 1_000)


def _flagsmith(row: Row) -> Case:
    return "flagsmith", row["object_id_1"] + ",", row["object_id_2"], None, int(row["md5_mod_9999"])


def _split(row: Row) -> Case:
    name = "split-legacy" if row.get("algo") == "1" else "split"
    return name, row.get("seed_i32") or row["seed_u32"], row["key"], None, int(row["bucket_1_100"]) - 1


def _flagd1(row: Row) -> Case:
    return "flagd1", row["flag_key"], row["targeting_key"], None, abs(int(row["murmur3_i32"]))


def _flagd2(row: Row) -> Case:
    return "flagd2", row["flag_key"], row["targeting_key"], int(row["total_weight"]), int(row["bucket"])


def _flagd3(row: Row) -> Case:
    salt = row["flag_key"] if row["form"] == "shorthand" else ""
    return "flagd3", salt, json.loads(row["bucket_by_json"]), int(row["total_weight"]), int(row["bucket"])


def _featurevisor(row: Row) -> Case:
    key = row.get("bucket_key") or row["bucketKey"]
    expected = row.get("bucket_0_99999") or row["expected_0_99999"]
    unit, dot, feature = key.rpartition(".")
    return "featurevisor", dot + feature if unit else "", unit or key, None, int(expected)


def _eppo(row: Row) -> Case:
    return "eppo", row["salt"], row["subject"], int(row["total_shards"]), int(row["shard"])


FILES: dict[str, tuple[Callable[[Row], Case], int]] = {
    "native_murmur3": (_native, 309),
    "unleash_rollout": (_unleash, 300),
    "unleash_variant": (_unleash, 300),
    "unleash_explicit": (_unleash, 4),
    "unleash_rollout_implied": (_unleash, 19),
    "launchdarkly_sha1": (_launchdarkly, 300),
    "growthbook_v1": (_growthbook, 300),
    "growthbook_v2": (_growthbook, 300),
    "growthbook_fnv": (_growthbook, 14),
    "growthbook_namespace": (_growthbook_namespace, 300),
    "flagsmith_md5": (_flagsmith, 304),
    "split_own": (_split, 569),
    "split_murmur3_uuids": (_split, 500),
    "split_murmur3_5k_sample": (_split, 500),
    "flagd_v1": (_flagd1, 300),
    "flagd_v2": (_flagd2, 360),
    "flagd_v3": (_flagd3, 309),
    "featurevisor_own": (_featurevisor, 300),
    "featurevisor": (_featurevisor, 6),
    "eppo_md5": (_eppo, 300),
}
"""File → how a row reads, and how many rows it must hold (a file cut short must not pass)."""


def _rows(name: str) -> list[Row]:
    with (VECTORS / f"{name}.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return [row for row in rows if _is_for_us(row)]


def _is_for_us(row: Row) -> bool:
    """Texts are the only units: not flagd's numbers and objects, nor GrowthBook's unknown version."""
    return row.get("expected") != "" and isinstance(json.loads(row.get("bucket_by_json", '""')), str)


@pytest.mark.parametrize("name", FILES)
def test_every_row_of_the_file_agrees(name: str) -> None:
    read, count = FILES[name]
    rows = _rows(name)

    wrong = [row for row in rows if not _agrees(read(row))]

    assert wrong == []
    assert len(rows) == count


def _agrees(case: Case) -> bool:
    name, salt, unit, space, expected = case
    return hash_of(name, salt, space)(unit) == expected


def test_the_vendors_fractions_follow_from_the_integers() -> None:
    """A range over our integers must be able to say exactly what the vendor's binary64 comparison says."""
    for row in _rows("launchdarkly_sha1"):
        assert int(row["sha1_60bit"]) / float(2**60 - 1) == float(row["bucket"])
    for row in _rows("flagsmith_md5"):
        assert int(row["md5_mod_9999"]) / 9998 * 100 == float(row["percentage"])
    for row in _rows("flagd_v1"):
        assert abs(int(row["murmur3_i32"])) / 2147483647 * 100 == float(row["bucket_0_100"])


def test_bucket_of_is_the_native_family() -> None:
    for row in _rows("native_murmur3"):
        assert bucket_of(row["salt"], row["unit"]) == hash_of("murmur3", row["salt"])(row["unit"])
        assert bucket_of(row["salt"], row["unit"]) == int(row["murmur3_u32"]) * BUCKETS >> 32


def test_every_family_has_vectors() -> None:
    covered = {FILES[name][0](row)[0] for name in FILES for row in _rows(name)}

    assert covered == set(HASHES)
