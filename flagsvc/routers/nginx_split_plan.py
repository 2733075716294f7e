"""The include that tells an unmodified nginx one traffic split, as text, and what such a text says about itself."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from string import ascii_letters, digits

from flagsdk.core.allocation import WHOLE, Table
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.target import Mirror, Target
from flagsvc.routers.common.backends import demand_few
from flagsvc.routers.common.facts import EDITED, Facts, facts_of

STEPS = 10_000
"""split_clients knows hundredths of a percent."""
MARK = "# flagsvc "
LONGEST_WORD = 3_500  # nginx refuses a word of 4,096 bytes
PLAIN = frozenset((ascii_letters + digits).encode())
MOST_FORCED = 1_000
MOST_BOUNDS = 100
UTF8 = (
    r"[\x01-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|"
    r"\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
"""One character of valid UTF-8 (RFC 3629, section 4), as bytes."""


def text_of(target: Target, table: Table, facts: Facts, prefix: str) -> str:
    """Write the include: variables $PREFIX_told, $PREFIX_cohort and $PREFIX_mirror, made from $PREFIX_unit.

    `table` covers [0, 10 000). Its first line names the facts and a digest of everything below it.
    """
    told = facts.text()
    lines = [
        f"# Written for {target.split}. It is written anew when it is changed by hand.",
        *_literal(f"{prefix}_told", told),
        *_literal(f"{prefix}_salt", target.salt),
        *_drawn(table, prefix),
        *_cohort(target, prefix),
        *_mirrored(facts.mirror, prefix),
    ]
    body = "\n".join(lines) + "\n"
    return f"{MARK}{_digest(body)} {told}\n{body}"


def facts_in(text: str) -> Facts | None:
    """Read what an include says it tells; None where it was never written here.

    One that was edited since has facts that equal no others.
    """
    head, _, body = text.partition("\n")
    if not head.startswith(MARK):
        return None
    digest, _, told = head.removeprefix(MARK).partition(" ")
    return facts_of(told) if digest == _digest(body) else EDITED


def _digest(body: str) -> str:
    return sha256(body.encode()).hexdigest()[:16]


def _literal(variable: str, value: str) -> Iterator[str]:
    """Set a variable to a text as it stands: geo is the one directive that leaves "$" alone."""
    yield f"geo ${variable} {{ default {_quoted(value)}; }}"


def _drawn(table: Table, prefix: str) -> Iterator[str]:
    """Draw by one split_clients per bound.

    nginx rounds each part of a list down by itself, so the sum of several would miss the bounds of the hash by some of
    its 2^32 values; a single part never does.
    """
    *bounded, (last, _, _) = table
    if len(bounded) > MOST_BOUNDS:
        raise RouterError(
            f"the table has {len(table)} ranges, and this edge takes {MOST_BOUNDS}: use a router of the kind nginx-njs",
            permanent=True,
        )
    for _, _, end in bounded:
        yield f'split_clients "${{{prefix}_salt}}:${prefix}_unit" ${prefix}_{end} {{ {_percent(end)} 1; * 0; }}'
    yield f'map "{"".join(f"${prefix}_{end}" for _, _, end in bounded)}" ${prefix}_drawn {{'
    yield from (f'  "~^0{{{number}}}1" {_quoted(owner)};' for number, (owner, _, _) in enumerate(bounded))
    yield from (f"  default {_quoted(last)};", "}")


def _cohort(target: Target, prefix: str) -> Iterator[str]:
    """Let those without a unit in UTF-8 be stable, and list units as regular expressions: other keys ignore case."""
    yield f"map ${prefix}_unit ${prefix}_cohort {{"
    yield f"  default {_quoted(target.stable)};"
    for backend, pattern in _forced(target.forced):
        yield f'  "~^(?:{pattern})$" {_quoted(backend)};'
    yield from (f'  "~^(?:{UTF8})++$" ${prefix}_drawn;', "}")


def _forced(forced: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    demand_few(forced, MOST_FORCED, "a router of the kind nginx-njs, or a rule")
    for backend in sorted(set(forced.values())):
        words = [_pattern(unit) for unit in sorted(forced) if forced[unit] == backend]
        yield from ((backend, "|".join(chunk)) for chunk in _chunks(words))


def _chunks(words: Sequence[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    for word in words:
        if chunk and sum(map(len, chunk)) + len(chunk) + len(word) > LONGEST_WORD:
            yield chunk
            chunk = []
        chunk.append(word)
    if chunk:
        yield chunk


def _pattern(unit: str) -> str:
    """Write a unit as a pattern of its bytes; one that is too long for a word of nginx is refused."""
    pattern = "".join(chr(byte) if byte in PLAIN else f"\\x{byte:02x}" for byte in unit.encode())
    if len(pattern) > LONGEST_WORD:
        raise RouterError(f"the listed unit {unit[:40]!r}… is too long for nginx", permanent=True)
    return pattern


def _mirrored(mirror: Mirror | None, prefix: str) -> Iterator[str]:
    if mirror is None:
        yield from _literal(f"{prefix}_mirror", "")
        return
    parts = round(mirror.share * STEPS / WHOLE)
    if not parts:
        raise RouterError(f"{mirror.share / 1000:g} % is less than the least share to mirror, 0.01 %", permanent=True)
    share = "*" if parts == STEPS else _percent(parts)
    rest = "" if parts == STEPS else ' * "";'
    yield f'split_clients "$request_id" ${prefix}_mirror {{ {share} {_quoted(mirror.backend)};{rest} }}'


def _percent(parts: int) -> str:
    return f"{parts // 100}.{parts % 100:02d}%"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
