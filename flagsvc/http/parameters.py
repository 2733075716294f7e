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
from flagsvc.http.fields import Key, Limit, Moment, Revision, Switch, Text
from flagsvc.http.problem import malformed
from flagsvc.http.strict_json import escape, text_fault

REASON_HEADER = "X-Change-Reason"
MAX_REASON = 1000
_EXTENDED = "UTF-8''"


class Query(BaseModel):
    """The query parameters of an operation; this one takes none."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)


class WriteQuery(Query):
    """Parameters of a write."""

    dry_run: Switch = False


class SplitWriteQuery(WriteQuery):
    """Parameters of a write that may change salts or hashes."""

    rerandomise: Switch = False


class PageQuery(Query):
    """Parameters of a list."""

    limit: Limit = 50
    cursor: Text | None = None


class DocumentQuery(PageQuery):
    """Parameters of a list of documents: search in key, name and tags; sort order; archived ones too."""

    search: Text | None = None
    sort: Literal["key", "-key", "name", "-name", "changedAt", "-changedAt", "createdAt", "-createdAt"] | None = None
    archived: Switch | None = None
    tag: Text | None = None
    owner: Text | None = None


class FlagQuery(DocumentQuery):
    """Parameters of a list of flags."""

    type: Literal["boolean", "string", "integer", "float", "object"] | None = None


class EnabledQuery(DocumentQuery):
    """Parameters of a list of what can be on or off."""

    enabled: Switch | None = None


class ChangeQuery(PageQuery):
    """Parameters of a history."""

    kind: Text | None = None
    key: Key | None = None


class DiffQuery(Query):
    """Two revisions, and perhaps one document."""

    from_: Revision = Field(alias="from")
    to: Revision
    kind: Text | None = None
    key: Key | None = None


class SnapshotQuery(Query):
    """When: a revision or a time, not both; neither means now."""

    revision: Revision | None = None
    at: Moment | None = None


class AuditQuery(PageQuery):
    """Parameters of the audit listing."""

    environment: Key | None = None
    actor: Text | None = None
    since: Moment | None = None
    until: Moment | None = None


PATH: Mapping[str, TypeAdapter[Any]] = {
    "environment": TypeAdapter(Key),
    "key": TypeAdapter(Key),
    "id": TypeAdapter(Key),
    "revision": TypeAdapter(Revision),
}
"""The type of every path parameter, by name."""


def path_values(raw: Mapping[str, str]) -> tuple[dict[str, Any], list[Fault]]:
    """Read the path parameters with their types, and what is wrong with them."""
    values, faults = {}, []
    for name, text in raw.items():
        try:
            values[name] = PATH[name].validate_python(text)
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
