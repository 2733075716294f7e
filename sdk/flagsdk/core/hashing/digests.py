"""Families on MD5 and SHA-1, used to spread units and never to protect anything: LaunchDarkly, Flagsmith, Eppo."""

from hashlib import md5, sha1

from .family import HashFamily, UnitHash, exactly

LAUNCHDARKLY_SPACE = 2**60
FLAGSMITH_SPACE = 9_998
EPPO_SPACES = range(1, 2**32 + 1)


def _launchdarkly(salt: str, space: int) -> UnitHash:
    prefix = salt + "."
    return lambda unit: int(sha1((prefix + unit).encode(), usedforsecurity=False).hexdigest()[:15], 16)


def _flagsmith(salt: str, space: int) -> UnitHash:
    return lambda unit: _flagsmith_of(salt + unit)


def _flagsmith_of(ids: str) -> int:
    """Residue 9 998 is outside the space: the list of ids is then hashed once more often (flagsmith-engine)."""
    joined = ids
    while (residue := _md5_number(joined) % (FLAGSMITH_SPACE + 1)) == FLAGSMITH_SPACE:
        joined += "," + ids
    return residue


def _eppo(salt: str, space: int) -> UnitHash:
    prefix = salt + "-"
    return lambda unit: (_md5_number(prefix + unit) >> 96) % space


def _md5_number(value: str) -> int:
    return int.from_bytes(md5(value.encode(), usedforsecurity=False).digest())


FAMILIES = (
    HashFamily(
        "launchdarkly",
        LAUNCHDARKLY_SPACE,
        _launchdarkly,
        "prefix: the rollout's seed in decimal, else flag key, '.', flag salt",
        exactly(LAUNCHDARKLY_SPACE),
    ),
    HashFamily(
        "flagsmith",
        FLAGSMITH_SPACE,
        _flagsmith,
        "what precedes the unit: feature-state key or segment id, ',', and '{api_key}_' where the identity key has it",
        exactly(FLAGSMITH_SPACE),
    ),
    HashFamily("eppo", 10_000, _eppo, "salt of the shard; the space is totalShards", EPPO_SPACES),
)
"""Sources: the vendors' formulas, each with its vectors in tests/conformance/vectors."""
