"""Every published vector of every hash family, row by row."""

import pytest

from flagsdk.core.hashing import BUCKETS, HASHES, bucket_of, hash_of
from tests.conformance.vector_files import FILES, Vector, rows_of, vectors_of

COUNTS = {
    "native_murmur3": 309,
    "unleash_rollout": 300,
    "unleash_variant": 300,
    "unleash_explicit": 4,
    "unleash_rollout_implied": 19,
    "launchdarkly_sha1": 300,
    "growthbook_v1": 300,
    "growthbook_v2": 300,
    "growthbook_fnv": 14,
    "growthbook_namespace": 300,
    "flagsmith_md5": 304,
    "split_own": 569,
    "split_murmur3_uuids": 500,
    "split_murmur3_5k_sample": 500,
    "flagd_v1": 300,
    "flagd_v2": 360,
    "flagd_v3": 309,
    "featurevisor_own": 300,
    "featurevisor": 6,
    "eppo_md5": 300,
    "nginx_murmur2": 362,
}
"""Rows of each file: one cut short must not pass."""


@pytest.mark.parametrize("name", FILES)
def test_every_row_of_the_file_agrees(name: str) -> None:
    vectors = vectors_of(name)

    assert [vector for vector in vectors if not _agrees(vector)] == []
    assert len(vectors) == COUNTS[name]


def _agrees(vector: Vector) -> bool:
    return hash_of(vector.hash, vector.salt, vector.space)(vector.unit) == vector.bucket


def test_the_vendors_fractions_follow_from_the_integers() -> None:
    """A range over our integers must be able to say exactly what the vendor's binary64 comparison says."""
    for row in rows_of("launchdarkly_sha1"):
        assert int(row["sha1_60bit"]) / float(2**60 - 1) == float(row["bucket"])
    for row in rows_of("flagsmith_md5"):
        assert int(row["md5_mod_9999"]) / 9998 * 100 == float(row["percentage"])
    for row in rows_of("flagd_v1"):
        assert abs(int(row["murmur3_i32"])) / 2147483647 * 100 == float(row["bucket_0_100"])


def test_bucket_of_is_the_native_family() -> None:
    for row in rows_of("native_murmur3"):
        assert bucket_of(row["salt"], row["unit"]) == hash_of("murmur3", row["salt"])(row["unit"])
        assert bucket_of(row["salt"], row["unit"]) == int(row["murmur3_u32"]) * BUCKETS >> 32


def test_every_family_has_vectors() -> None:
    assert {vector.hash for name in FILES for vector in vectors_of(name)} == set(HASHES)
