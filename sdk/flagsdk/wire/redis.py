"""Snapshot and change as Redis holds them: names, hash fields and stream entries. No connection is made here.

`flagsvc:{ENV}:meta` is a hash of the fields of `meta_of`; `flagsvc:{ENV}:documents` a hash of name → text;
`flagsvc:{ENV}:changes` a stream whose entry ids are `REVISION-0`, so that a gap is seen as a gap.
"""

from collections.abc import Mapping
from typing import NamedTuple

from flagsdk.wire.faults import Corrupt, Missing
from flagsdk.wire.values import FORMATS, Change, Whole, number_of


class Names(NamedTuple):
    """The three Redis keys of an environment, under one hash tag so that a cluster keeps them together."""

    meta: str
    documents: str
    changes: str


def names(environment: str) -> Names:
    """Name the Redis keys of `environment`; the braces are literal."""
    return Names(*(f"flagsvc:{{{environment}}}:{part}" for part in Names._fields))


def stream_id(revision: int) -> str:
    """Give the id of the stream entry of `revision` (at least 1: Redis has no entry 0-0)."""
    return f"{revision}-0"


def meta_of(whole: Whole) -> dict[str, str]:
    """Fields of the `meta` hash for a published snapshot; `signature` only where it is signed."""
    return {
        "environment": whole.environment,
        "epoch": whole.epoch,
        "revision": str(whole.revision),
        "format": str(whole.format),
        "digest": whole.digest,
        "at": str(whole.at),
        "published": str(whole.published),
    } | _signature(whole)


def entry_of(change: Change) -> dict[str, str]:
    """Fields of the stream entry of a change; its id is `stream_id(change.revision)`. `signature` only where signed."""
    fields = {"epoch": change.epoch, "digest": change.digest, "at": str(change.at)} | _signature(change)
    # Once more, though the names say it: a copy elsewhere would pass for another change, as a digest is of texts alone.
    fields |= {"environment": change.environment, "revision": str(change.revision)}
    for name, text in change.edits.items():
        fields[f"-{name}" if text is None else f"+{name}"] = text or ""
    return fields


def read_whole(environment: str, meta: Mapping[bytes, bytes], documents: Mapping[bytes, bytes]) -> Whole:
    """Decode what HGETALL answered for `meta` and `documents`, read together in one MULTI.

    Raises Missing where there is no `meta`, Corrupt for anything that a publisher does not write.
    The digest is not compared here but on admission, where the documents are hashed anyway.
    """
    if not meta:
        raise Missing(f"nothing is published for {environment!r}")
    fields = _texts(meta)
    if _field(fields, "environment") != environment:
        raise Corrupt(f"published for environment {fields['environment']!r}, not {environment!r}")
    return Whole(
        environment=environment,
        epoch=_field(fields, "epoch"),
        revision=_number(fields, "revision"),
        digest=_field(fields, "digest"),
        format=_format(fields),
        at=_number(fields, "at"),
        documents=_texts(documents),
        published=number_of("published", fields.get("published", "0")),
        signature=fields.get("signature", ""),
    )


def read_change(environment: str, entry: bytes, fields: Mapping[bytes, bytes]) -> Change:
    """Decode one stream entry; raises Corrupt for anything that a publisher does not write."""
    texts = _texts(fields)
    revision, dash, sequence = _text(entry).partition("-")
    if not dash or sequence != "0":
        raise Corrupt(f"stream id {entry[:40]!r} is not REVISION-0")
    for name, expected in (("environment", environment), ("revision", revision)):
        if texts.get(name, expected) != expected:
            raise Corrupt(f"the entry of {environment!r} {entry[:40]!r} is of {name} {texts[name][:40]!r}")
    return Change(
        environment=environment,
        epoch=_field(texts, "epoch"),
        revision=number_of("revision", revision),
        digest=_field(texts, "digest"),
        at=_number(texts, "at"),
        edits={name[1:]: text if name[0] == "+" else None for name, text in texts.items() if name[:1] in ("+", "-")},
        signature=texts.get("signature", ""),
    )


def _signature(value: Whole | Change) -> dict[str, str]:
    return {"signature": value.signature} if value.signature else {}


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as fault:
        raise Corrupt(f"not UTF-8: {raw[:40]!r}") from fault


def _texts(raw: Mapping[bytes, bytes]) -> dict[str, str]:
    try:
        return {name.decode(): text.decode() for name, text in raw.items()}
    except UnicodeDecodeError as fault:
        raise Corrupt("a name or text is not UTF-8") from fault


def _field(fields: Mapping[str, str], name: str) -> str:
    text = fields.get(name)
    if not text:
        raise Corrupt(f"no {name}")
    return text


def _number(fields: Mapping[str, str], name: str) -> int:
    return number_of(name, _field(fields, name))


def _format(fields: Mapping[str, str]) -> int:
    number = _number(fields, "format")
    if number not in FORMATS:
        raise Corrupt(f"format {number} is not known to this reader")
    return number
