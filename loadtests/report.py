"""What was seen and what is said about it, as a table for people."""

from collections.abc import Iterator, Sequence

from loadtests.budgets import BARE, Finding
from loadtests.profiles import PROFILES
from loadtests.records import Record

HEAD = f"{'':<32}{'requests':>9}{'failed':>7}{'per s':>9}{'p50 ms':>9}{'p99 ms':>9}{'processor µs':>14}{'ratio':>8}"


def table(records: Sequence[Record]) -> Iterator[str]:
    """Write the records, by profile. The ratio is to the bare route of the same profile, by processor time."""
    for profile in dict.fromkeys(each.profile for each in records):
        yield f"{PROFILES[profile].title} ({profile})"
        yield HEAD
        mine = [each for each in records if each.profile == profile]
        bare = next((each for each in mine if each.name == BARE), None)
        for record in sorted(mine, key=lambda each: (each.name != BARE, each.name)):
            yield _line(record, bare)


def verdict(findings: Sequence[Finding]) -> Iterator[str]:
    """Say which limits were missed, and how many were met and not judged."""
    missed = [each for each in findings if each.standing == "missed"]
    for each in missed:
        seen = "nothing" if each.seen is None else f"{each.seen:g}"
        yield f"MISSED  {each.profile}: {each.name}: {each.limit} {seen}, wanted {each.wanted:g}"
    counts = {standing: sum(each.standing == standing for each in findings) for standing in ("met", "not judged")}
    yield f"{counts['met']} limits met, {len(missed)} missed, {counts['not judged']} not judged"


def faults(records: Sequence[Record]) -> Iterator[str]:
    """Give the first words of what failed."""
    for record in records:
        yield from (f"failed: {record.profile}: {fault}" for fault in record.faults[:3])


def _line(record: Record, bare: Record | None) -> str:
    counts = f"{record.requests:>9,}{record.failures:>7,}{record.per_second:>9,.0f}"
    times = f"{record.percentile(0.5):>9.2f}{record.percentile(0.99):>9.2f}"
    spent = record.processor_microseconds
    processor = f"{spent:>14.1f}" if spent else f"{'':>14}"
    ratio = f"{bare.processor_microseconds / spent:>7.2f}x" if bare and spent and bare.processor_microseconds else ""
    return f"  {record.name:<30}{counts}{times}{processor}{ratio}".rstrip()
