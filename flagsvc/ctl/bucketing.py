"""`bucket`: where units fall, and who gets what by which weights. Asks nobody."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flagsvc.ctl.failure import USAGE, Failure
from flagsvc.ctl.figures import WHOLE, clean, percent
from flagsvc.ctl.options import register
from flagsvc.ctl.output import Format, Output, columns
from flagsvc.ctl.weights import weights_of

if TYPE_CHECKING:
    from flagsdk.core.allocation import Table
    from flagsdk.core.hashing import UnitHash


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """Options of `bucket`."""

    salt: Annotated[str, typer.Option("--salt", help="Salt of the split.", metavar="TEXT")]
    units: Annotated[
        str, typer.Option("--units", help="A file of units, one a line; - for standard input.", metavar="FILE")
    ]
    weights: Annotated[
        str,
        typer.Option("-w", "--weights", help="As in `set`: the table that a new split begins with.", metavar="WEIGHTS"),
    ] = ""
    last: Annotated[
        str, typer.Option("--last", help="Off variant or stable backend: it has the upper end.", metavar="VARIANT")
    ] = ""
    hash: Annotated[str, typer.Option("--hash", help="Hash of the split.", metavar="NAME")] = "murmur3"
    summary: Annotated[bool, typer.Option("--summary", help="Only how many there are of each.")] = False
    output: Annotated[
        Format | None, typer.Option("-o", "--output", help="Form of what is printed; json where there is no terminal.")
    ] = None


def bucket(options: Bucket) -> None:
    """Compute buckets, variants and their distribution offline, by the very function of the SDK.

    A split that was changed since it began has a table of its own: `eval` knows it, this does not.
    """
    place, space = _hash(options.hash, options.salt)
    table = _table(options, space)
    found = [_found(unit, place, table) for unit in _units(options.units)]
    counts = Counter(each.get("variant", "") for each in found)
    content = {"units": [] if options.summary else found, "space": space, "count": len(found)}
    if table:
        content["variants"] = {variant: counts[variant] for variant in sorted(counts)}
    Output(options.output).data(content, lambda: _lines(content), lambda: [each["unit"] for each in found])


def add(app: typer.Typer) -> None:
    """Add the command."""
    register(app, "bucket", bucket)


def _hash(name: str, salt: str) -> "tuple[UnitHash, int]":
    from flagsdk.core.hashing import HASHES, UnknownHash, hash_of  # noqa: PLC0415  # only this command hashes

    try:
        return hash_of(name, salt), HASHES[name].default_space
    except UnknownHash as error:
        raise Failure(str(error), USAGE, f"Known: {', '.join(sorted(HASHES))}.") from None


def _table(options: Bucket, space: int) -> "Table":
    from flagsdk.core.allocation import Misallocated, initial  # noqa: PLC0415  # as above

    if not options.weights:
        return ()
    weights = weights_of(options.weights)
    if options.last and options.last not in weights:
        raise Failure(f"--last: {options.last!r} is none of {', '.join(weights)}", USAGE)
    try:
        return initial(dict(sorted(weights.items())), space, options.last or None)
    except Misallocated as error:
        raise Failure(str(error), USAGE) from None


def _found(unit: str, place: "UnitHash", table: "Table") -> dict[str, Any]:
    number = place(unit)
    found: dict[str, Any] = {"unit": unit, "bucket": number}
    owners = (variant for variant, start, end in table if start <= number < end)
    return {**found, "variant": next(owners)} if table else found


def _units(name: str) -> Iterator[str]:
    with ExitStack() as stack:
        try:
            lines: Iterable[str] = (
                sys.stdin if name == "-" else stack.enter_context(Path(name).open(encoding="utf-8", newline="\n"))
            )
            for line in lines:
                if unit := line.removesuffix("\n").removesuffix("\r"):
                    yield unit
        except (OSError, UnicodeDecodeError) as error:
            raise Failure(f"--units: {error}", USAGE) from None


def _lines(content: Mapping[str, Any]) -> Iterator[str]:
    units = content["units"]
    if units:
        titles = ("unit", "bucket", "variant")[: len(units[0])]
        yield from columns([list(each.values()) for each in units], *titles)
    total = content["count"]
    for variant, count in content.get("variants", {}).items():
        yield f"{clean(variant)}: {count} of {total}, {percent(count * WHOLE / total, 2)}"
    if "variants" not in content:
        yield f"{total} units over {content['space']} buckets"
