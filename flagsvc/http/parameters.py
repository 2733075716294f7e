"""Parameters of a request: path, query and the headers of every write, each checked, all faults collected."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import unquote_to_bytes

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel
from starlette.datastructures import Headers, QueryParams

from flagsvc.domain.errors import Fault
from flagsvc.http.faults import faults_of
from flagsvc.http.fields import Cursor, Days, Key, Keys, Limit, Moment, Revision, Switch, Text, Trailed
from flagsvc.http.problem import malformed
from flagsvc.http.strict_json import escape, text_fault

REASON_HEADER = "X-Change-Reason"
MAX_REASON = 1000
_EXTENDED = "UTF-8''"


AuditedKind = Literal["flag", "segment", "split", "binding", "plan", "rollout", "freeze", "environment", "token"]


class Query(BaseModel):
    """The query parameters of an operation; this one takes none."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)


class WriteQuery(Query):
    """Parameters of a write."""

    dry_run: Switch = Field(default=False, description="Check and answer everything, store nothing.")


class SplitWriteQuery(WriteQuery):
    """Parameters of a write that may change salts or hashes."""

    rerandomise: Switch = Field(default=False, description="Allow a change that draws every unit of a split anew.")


class PageQuery(Query):
    """Parameters of a list."""

    limit: Limit = Field(default=50, description="Items per page.")
    cursor: Cursor | None = Field(None, description="The `nextCursor` of the page before.")


class DocumentQuery(PageQuery):
    """Parameters of a list of documents."""

    search: Text | None = Field(
        None, description="Part of key, name, description, owner or a tag; case does not matter."
    )
    sort: Literal["key", "-key", "name", "-name", "changedAt", "-changedAt", "createdAt", "-createdAt"] | None = Field(
        None, description="Order; `-` turns it round. By key when left out."
    )
    archived: Switch | None = Field(None, description="`true`: the archived ones instead.")
    tag: Text | None = Field(None, description="Only those with this tag.")
    owner: Text | None = Field(None, description="Only those of this owner.")


class MatrixQuery(Query):
    """Parameters of the table of all flags."""

    archived: Switch = Field(default=False, description="`true`: archived flags, too.")


class RolloutQuery(PageQuery):
    """Parameters of the list of all rollouts."""

    state: Literal["active", "ended"] | None = Field(None, description="Only those that have not ended, or have.")
    environment: Key | None = Field(None, description="Only those of this environment.")


class CompareQuery(Query):
    """Which environments."""

    environments: Keys = Field(description="Two or three keys of environments, with commas between them.")
    all: Switch = Field(default=False, description="`true`: what is the same, too.")


class HygieneQuery(Query):
    """How long is long."""

    days: Days = Field(default=30, description="For so many days a flag must have stood still.")


class FlagQuery(DocumentQuery):
    """Parameters of a list of flags."""

    type: Literal["boolean", "string", "integer", "float", "object"] | None = Field(
        None, description="Only those of this type."
    )


class EnabledQuery(DocumentQuery):
    """Parameters of a list of what can be on or off."""

    enabled: Switch | None = Field(None, description="Only those that are on, or off.")


class ChangeQuery(PageQuery):
    """Parameters of a history."""

    kind: Literal["flag", "segment", "split", "binding", "plan", "rollout", "freeze", "environment"] | None = Field(
        None, description="With `key`: of one document."
    )
    key: Key | None = Field(None, description="With `kind`: of one document.")


class DiffQuery(Query):
    """Two revisions, and perhaps one document."""

    from_: Revision = Field(alias="from", description="The earlier revision.")
    to: Revision = Field(description="The later revision.")
    kind: Literal["flag", "segment", "split", "binding", "plan", "rollout", "freeze"] | None = Field(
        None, description="Only documents of this kind."
    )
    key: Key | None = Field(None, description="Only documents with this key.")


class SnapshotQuery(Query):
    """When: a revision or a time, not both; neither means now."""

    revision: Revision | None = Field(None, description="As of this revision.")
    at: Moment | None = Field(None, description="As of this time, which must have come.")


class _AuditFilter(Query):
    environment: Key | None = Field(None, description="Only changes of this environment.")
    actor: Text | None = Field(None, description="Only changes by this author.")
    since: Moment | None = Field(None, description="Not before this time.")
    until: Moment | None = Field(None, description="Not after this time.")
    kind: AuditedKind | None = Field(None, description="Only changes of a document of this kind.")
    key: Key | None = Field(None, description="Only changes of a document with this key; with `kind`, of that one.")
    action: Text | None = Field(None, description="Only changes whose action begins so: `flag`, or `flag.edit`.")


class AuditQuery(PageQuery, _AuditFilter):
    """Parameters of the audit listing."""


class AuditExportQuery(_AuditFilter):
    """Parameters of the audit export."""

    format: Literal["jsonl", "csv"] = Field(default="jsonl", description="A JSON text per line, or a table.")


class TokenQuery(PageQuery):
    """Parameters of the list of tokens."""

    kind: Literal["admin", "sdk", "evaluation"] | None = Field(None, description="Only those of this kind.")
    environment: Key | None = Field(None, description="Only those of this environment.")
    state: Literal["valid", "ended"] | None = Field(
        None, description="Only those that are valid now, or that were revoked or expired."
    )


class UsageQuery(PageQuery):
    """Whose usage, and when."""

    flag: Key | None = Field(None, description="This flag, by hour.")
    split: Key | None = Field(None, description="This traffic split, by hour.")
    kind: Literal["flag", "split"] = Field(default="flag", description="What to list when none is named.")
    since: Moment | None = Field(None, description="From the hour of this time on; seven days before `until`.")
    until: Moment | None = Field(None, description="Before this time; now when left out.")


class ClientQuery(PageQuery):
    """Parameters of a list of clients."""

    revision: Revision | None = Field(None, description="Ask for this revision instead of the present one.")


PATH: Mapping[str, TypeAdapter[Any]] = {
    "environment": TypeAdapter(Key),
    "key": TypeAdapter(Key),
    "id": TypeAdapter(Key),
    "gate": TypeAdapter(Key),
    "revision": TypeAdapter(Revision),
}
"""The type of every path parameter, by name."""
PATH_OF_TRAIL: Mapping[str, TypeAdapter[Any]] = {**PATH, "environment": TypeAdapter(Trailed)}


def path_values(raw: Mapping[str, str], *, trail: bool = False) -> tuple[dict[str, Any], list[Fault]]:
    """Read the path parameters with their types, and what is wrong with them; of a trail the catalogue's, too."""
    types = PATH_OF_TRAIL if trail else PATH
    values, faults = {}, []
    for name, text in raw.items():
        try:
            values[name] = types[name].validate_python(text)
        except ValidationError as error:
            faults += faults_of(error, f"path/{name}")
    return values, faults


def query_values(model: type[Query], raw: QueryParams) -> tuple[Query | None, list[Fault]]:
    """Read the query as its model, and what is wrong with it: unknown, repeated and ill-typed parameters alike."""
    counts = Counter(name for name, _ in raw.multi_items())
    faults = [
        Fault(f"query/{escape(name)}", "repeated", "stands more than once") for name, n in counts.items() if n > 1
    ]
    for name, text in raw.multi_items():
        if fault := text_fault(name, "query") or text_fault(text, f"query/{escape(name)}"):
            faults.append(fault)
    try:
        return model.model_validate(dict(raw)), faults
    except ValidationError as error:
        return None, [*faults, *faults_of(error, "query/")]


def reason(headers: Headers) -> str:
    """Read the reason of a change: UTF-8, as it is or percent-encoded after `UTF-8''` (RFC 8187). "" without one."""
    raw = headers.get(REASON_HEADER, "").strip()
    octets = unquote_to_bytes(raw.removeprefix(_EXTENDED)) if raw.startswith(_EXTENDED) else raw.encode("latin-1")
    pointer = f"header/{REASON_HEADER}"
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        raise malformed([Fault(pointer, "not-utf-8", "is not UTF-8")]) from None
    if len(text) > MAX_REASON or not text.isprintable():
        raise malformed([Fault(pointer, "bad-form", f"printable characters on one line, at most {MAX_REASON}")])
    return text
