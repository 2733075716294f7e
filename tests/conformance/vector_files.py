"""The vector files of tests/conformance/vectors, read as (hash, salt, unit, space, bucket)."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

VECTORS = Path(__file__).parent / "vectors"

Row = dict[str, str]


class Vector(NamedTuple):
    """A unit and its bucket; without a space the hash's own."""

    hash: str
    salt: str
    unit: str
    space: int | None
    bucket: int


def rows_of(name: str) -> list[Row]:
    """Read the rows of a file that concern us.

    Texts are the only units: not flagd's numbers and objects, nor GrowthBook's unknown version.
    """
    with (VECTORS / f"{name}.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return [
        row
        for row in rows
        if row.get("expected") != "" and isinstance(json.loads(row.get("bucket_by_json", '""')), str)
    ]


def vectors_of(name: str) -> list[Vector]:
    """Read a file as vectors."""
    return [FILES[name](row) for row in rows_of(name)]


def _native(row: Row) -> Vector:
    return Vector("murmur3", row["salt"], row["unit"], None, int(row["bucket_0_99999"]))


def _unleash(row: Row) -> Vector:
    group = row.get("group_id", row.get("groupId", ""))
    name = "unleash-variant" if row.get("seed") == "86028157" else "unleash"
    expected = row.get("expected_1_n") or row["normalised_1_100"]
    return Vector(name, group, row["identifier"], int(row.get("normalizer", 100)), int(expected) - 1)


def _launchdarkly(row: Row) -> Vector:
    prefix = row["seed"] or f"{row['flag_key']}.{row['salt']}"
    return Vector("launchdarkly", prefix, str(json.loads(row["value_json"])), None, int(row["sha1_60bit"]))


def _growthbook(row: Row) -> Vector:
    version = row.get("hash_version") or row["version"]
    scale = {"1": 1_000, "2": 10_000}[version]
    return Vector(f"growthbook{version}", row["seed"], row["value"], scale, round(float(row["expected"]) * scale))


def _growthbook_namespace(row: Row) -> Vector:
    return Vector("growthbook1", "__" + row["namespace"], row["value"], None, round(float(row["n"]) * 1_000))


def _flagsmith(row: Row) -> Vector:
    return Vector("flagsmith", row["object_id_1"] + ",", row["object_id_2"], None, int(row["md5_mod_9999"]))


def _split(row: Row) -> Vector:
    name = "split-legacy" if row.get("algo") == "1" else "split"
    return Vector(name, row.get("seed_i32") or row["seed_u32"], row["key"], None, int(row["bucket_1_100"]) - 1)


def _flagd1(row: Row) -> Vector:
    return Vector("flagd1", row["flag_key"], row["targeting_key"], None, abs(int(row["murmur3_i32"])))


def _flagd2(row: Row) -> Vector:
    return Vector("flagd2", row["flag_key"], row["targeting_key"], int(row["total_weight"]), int(row["bucket"]))


def _flagd3(row: Row) -> Vector:
    salt = row["flag_key"] if row["form"] == "shorthand" else ""
    return Vector("flagd3", salt, json.loads(row["bucket_by_json"]), int(row["total_weight"]), int(row["bucket"]))


def _featurevisor(row: Row) -> Vector:
    key = row.get("bucket_key") or row["bucketKey"]
    expected = row.get("bucket_0_99999") or row["expected_0_99999"]
    unit, dot, feature = key.rpartition(".")
    return Vector("featurevisor", dot + feature if unit else "", unit or key, None, int(expected))


def _nginx(row: Row) -> Vector:
    return Vector("nginx-murmur2", row["salt"], row["unit"], None, int(row["bucket_0_9999"]))


def _eppo(row: Row) -> Vector:
    return Vector("eppo", row["salt"], row["subject"], int(row["total_shards"]), int(row["shard"]))


FILES: dict[str, Callable[[Row], Vector]] = {
    "native_murmur3": _native,
    "unleash_rollout": _unleash,
    "unleash_variant": _unleash,
    "unleash_explicit": _unleash,
    "unleash_rollout_implied": _unleash,
    "launchdarkly_sha1": _launchdarkly,
    "growthbook_v1": _growthbook,
    "growthbook_v2": _growthbook,
    "growthbook_fnv": _growthbook,
    "growthbook_namespace": _growthbook_namespace,
    "flagsmith_md5": _flagsmith,
    "split_own": _split,
    "split_murmur3_uuids": _split,
    "split_murmur3_5k_sample": _split,
    "flagd_v1": _flagd1,
    "flagd_v2": _flagd2,
    "flagd_v3": _flagd3,
    "featurevisor_own": _featurevisor,
    "featurevisor": _featurevisor,
    "eppo_md5": _eppo,
    "nginx_murmur2": _nginx,
}
"""File → how a row reads."""
