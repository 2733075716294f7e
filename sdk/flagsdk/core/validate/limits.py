"""How large a document may be. A reader has no such limits, so that raising one here never breaks an old reader."""

KEY_LENGTH = 100
NAME_LENGTH = 200
TEXT_LENGTH = 10_000
PATH_LENGTH = 500
SALT_LENGTH = 500
UNIT_LENGTH = 1_000
OPERAND_LENGTH = 4_000
OPERAND_BITS = 1_000
PATTERN_LENGTH = 1_000
VALUE_LENGTH = 100_000
"""JSON of one variant's value, in characters of ASCII."""

VARIANTS = 100
BACKENDS = 100
TAGS = 100
PREREQUISITES = 50
TARGETS = 100
RULES = 200
UNITS = 100_000
VALUES = 10_000
PATTERNS = 100
CONDITIONS = 1_000
"""Conditions in one rule or segment, groups included."""
RANGES = 10_000
SOURCES = 20
"""Headers or cookies that may name a visitor."""

DEPTH = 16
"""Levels of groups in a condition, and of a variant's value."""
CHAIN = 32
"""Prerequisites of prerequisites, and segments in segments."""

INTEGER = 2**53 - 1
"""Largest integer that every JSON reader keeps exactly (RFC 7493 §2.2)."""
MAX_AGE_SECONDS = 400 * 86_400
"""Longest life of a cookie that browsers accept (RFC 6265bis §5.5)."""
STALE_SECONDS = 31_536_000
"""Longest time, a year, for which a snapshot may be told to count as current."""
