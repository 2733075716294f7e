"""What a migration does, operation by operation, and how safe each is while the release before it still runs.

A migration is not read but run, against a recorder in place of Alembic's `op`, once for each kind of database. What the
recorder does not know is UNKNOWN: nothing is taken for harmless because nobody thought of it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

from sqlalchemy import Column
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.sql.functions import FunctionElement

DIALECTS = ("postgresql", "sqlite")
GROWING = frozenset({
    *("changes", "document_revisions", "usage_counts", "usage_units", "outcome_counts", "outcome_failures"),
    *("idempotency_keys", "binding_events", "rollout_log", "notices"),
})  # fmt: skip
"""Tables that grow with use, to millions of rows: whoever locks them stops the service."""


class Kind(Enum):
    """How safe an operation is, from the safest to the worst."""

    EXPANDING = "expanding"
    LOCKING = "locking"
    CONTRACTING = "contracting"
    BREAKING = "breaking"
    UNKNOWN = "unknown"


class Step(NamedTuple):
    """One operation. `takes` names what code may no longer use after it: "TABLE", "TABLE.COLUMN" or "index NAME".

    `makes` names a new table.
    """

    kind: Kind
    what: str
    why: str = ""
    takes: str = ""
    makes: str = ""


_CONTRACT = "code that still uses it fails"
_RENAME = "code knows one name or the other: add the new one, fill it with a backfill, drop the old one releases later"
_TYPE = "rewrites the table under a lock, and code of the other release reads the wrong type: add a column instead"
_NOT_NULL = "rows that are there have no value, and the release before inserts none: make it nullable or give a default"
_STRICTER = "the release before may write rows that it forbids, and checking the old ones locks the table"
_ROWS = "changes rows in the migration, under its locks: that is the work of a backfill"
_VOLATILE = "a default that is computed for each row rewrites the table under a lock: use a constant"
_BIG = (
    "locks a table that may have millions of rows for as long as it takes: use if_not_exists, and let the changelog "
    "say how to build it beforehand, with CREATE INDEX CONCURRENTLY"
)
_CONCURRENTLY = "all migrations are one transaction, and PostgreSQL builds no index concurrently in one: it would fail"


def steps_of(migration: ModuleType) -> list[Step]:
    """List what `upgrade` of a migration does, on all databases; the same step is listed once."""
    found = [step for dialect in DIALECTS for step in _recorded(migration, dialect)]
    return list(dict.fromkeys(found))


def worst(steps: list[Step]) -> Kind:
    """Class a migration by the worst of its steps."""
    return max((step.kind for step in steps), key=list(Kind).index, default=Kind.EXPANDING)


def _recorded(migration: ModuleType, dialect: str) -> list[Step]:
    recorder, real = Recorder(dialect), migration.op
    migration.op = recorder  # type: ignore[attr-defined]  # what migrations call
    try:
        migration.upgrade()
    except _CannotTell as error:
        recorder.steps.append(Step(Kind.UNKNOWN, str(error), "the linter cannot see what it does: do it without"))
    finally:
        migration.op = real  # type: ignore[attr-defined]
    return recorder.steps


class _CannotTell(Exception):
    """The migration asks the database, which is not there."""


class _Nowhere:
    """A connection to no database: it has a dialect, and nothing else."""

    def __init__(self, dialect: str) -> None:
        self.dialect = SimpleNamespace(name=dialect)

    def __getattr__(self, name: str) -> Any:
        raise _CannotTell(f"op.get_bind().{name}")


class Recorder:
    """Stands where `alembic.op` does, and writes down what it is asked for."""

    def __init__(self, dialect: str) -> None:
        self.steps: list[Step] = []
        self._dialect = dialect
        self._new: set[str] = set()

    def get_bind(self) -> _Nowhere:
        """Give a connection that can tell its dialect."""
        return _Nowhere(self._dialect)

    @contextmanager
    def batch_alter_table(self, table: str, *_: Any, **__: Any) -> Iterator[Any]:
        """Record what is done to a table in a batch."""
        yield _Batch(self, table)

    def create_table(self, table: str, *_: Any, **__: Any) -> None:
        """Record a new table."""
        self._new.add(table)
        self.steps.append(Step(Kind.EXPANDING, f"create table {table}", makes=table))

    def __getattr__(self, name: str) -> Callable[..., None]:
        def record(*arguments: Any, **options: Any) -> None:
            self.steps.append(self._step(name, arguments, options))

        return record

    def _step(self, name: str, arguments: tuple[Any, ...], options: Mapping[str, Any]) -> Step:
        judge = _JUDGES.get(name)
        if judge is None:
            return Step(Kind.UNKNOWN, f"op.{name}", "no rule says how safe it is: add one to flagsvc/store/steps.py")
        return judge(self._new, *arguments, **options)


class _Batch:
    """The operations of a batch take no table: it is always the same one."""

    def __init__(self, recorder: Recorder, table: str) -> None:
        self._recorder, self._table = recorder, table

    def __getattr__(self, name: str) -> Callable[..., None]:
        second = name in {"create_index", "drop_index", "drop_constraint", *_STRICT}

        def record(*arguments: Any, **options: Any) -> None:
            words = (arguments[0], self._table, *arguments[1:]) if second else (self._table, *arguments)
            getattr(self._recorder, name)(*words, **options)

        return record


def _add_column(new: set[str], table: str, column: Column[Any], **_: Any) -> Step:
    what = f"add column {table}.{column.name}"
    default = getattr(column.server_default, "arg", None)
    if default is None and not column.nullable:
        return Step(Kind.BREAKING, what, _NOT_NULL)
    if column.unique or column.primary_key or column.foreign_keys:
        return Step(Kind.CONTRACTING, what, _STRICTER)
    if _is_computed(default):
        return Step(Kind.LOCKING, what, _VOLATILE)
    return Step(Kind.EXPANDING, what)


def _is_computed(default: Any) -> bool:
    """Whether PostgreSQL must work a default out for each row; a constant it only notes down."""
    return isinstance(default, FunctionElement) or (isinstance(default, TextClause) and "(" in default.text)


def _alter_column(new: set[str], table: str, column: str, **options: Any) -> Step:
    what = f"alter column {table}.{column}"
    if options.get("new_column_name"):
        return Step(Kind.BREAKING, f"rename column {table}.{column}", _RENAME)
    if options.get("type_") is not None:
        return Step(Kind.BREAKING, f"{what}: another type", _TYPE)
    if options.get("nullable") is False:
        return Step(Kind.CONTRACTING, f"{what}: NOT NULL", _STRICTER)
    if options.get("nullable") is True:
        return Step(Kind.CONTRACTING, f"{what}: NULL", "code that is not used to it may read an empty value")
    if set(options) <= {"server_default", "existing_type", "existing_nullable", "existing_server_default", "comment"}:
        return Step(Kind.EXPANDING, f"{what}: default")
    return Step(Kind.UNKNOWN, f"{what}: {', '.join(options)}", "no rule says how safe it is")


def _create_index(new: set[str], name: str, table: str, *_: Any, **options: Any) -> Step:
    what = f"create index {name} on {table}"
    if options.get("postgresql_concurrently"):
        return Step(Kind.BREAKING, what, _CONCURRENTLY)
    if table in new:
        return Step(Kind.EXPANDING, what)
    if options.get("unique"):
        return Step(Kind.CONTRACTING, what, _STRICTER)
    if table in GROWING:
        return Step(Kind.LOCKING, what, _BIG)
    return Step(Kind.EXPANDING, what)


def _stricter(kind: str, new: set[str], name: str, table: str, *_: Any, **__: Any) -> Step:
    if table in new:
        return Step(Kind.EXPANDING, f"{kind} {name} on {table}")
    return Step(Kind.CONTRACTING, f"{kind} {name} on {table}", _STRICTER)


def _drop(kind: str, new: set[str], name: str, *more: Any, **options: Any) -> Step:
    if kind == "index":
        return Step(Kind.CONTRACTING, f"drop index {name}", "code that still needs it gets slow", f"index {name}")
    full = f"{name}.{more[0]}" if kind == "column" else name
    return Step(Kind.CONTRACTING, f"drop {kind} {full}", _CONTRACT, full)


def _rename_table(new: set[str], old: str, name: str, **_: Any) -> Step:
    return Step(Kind.BREAKING, f"rename table {old} to {name}", _RENAME)


def _execute(new: set[str], statement: Any, **_: Any) -> Step:
    text = " ".join(str(statement).split())
    if _FURTHER.search(_BODIES.sub("", text)):
        return Step(Kind.UNKNOWN, f"execute {text[:60]}", "several statements at once: give each its own op.execute")
    for pattern, kind, why in _STATEMENTS:
        if re.match(pattern, text, re.IGNORECASE):
            return Step(kind, f"execute {text[:60]}", why)
    return Step(Kind.UNKNOWN, f"execute {text[:60]}", "no rule says how safe it is: use Alembic's own operations")


def _bulk_insert(new: set[str], table: Any, *_: Any, **__: Any) -> Step:
    name = str(table.name)
    kind, why = (Kind.EXPANDING, "") if name in new else (Kind.LOCKING, _ROWS)
    return Step(kind, f"insert rows into {name}", why)


_BODIES = re.compile(r"\$(\w*)\$.*?\$\1\$|'(?:[^']|'')*'|(?<= )begin .*?; end\b", re.IGNORECASE)
"""What may hold a semicolon that ends no statement: bodies of functions, texts, and SQLite's triggers."""

_FURTHER = re.compile(r";\s*\S")
_STATEMENTS = (
    (r"create (table|function|trigger)\b", Kind.EXPANDING, ""),
    (r"(update|delete|insert|merge|with|truncate)\b", Kind.LOCKING, _ROWS),
    (r"alter table \S+ rename\b", Kind.BREAKING, _RENAME),
    (r"alter table .* type\b", Kind.BREAKING, _TYPE),
    (r"drop (trigger|function)\b", Kind.CONTRACTING, _CONTRACT),
)
_STRICT = {
    "create_unique_constraint": "unique constraint",
    "create_check_constraint": "check constraint",
    "create_foreign_key": "foreign key",
    "create_primary_key": "primary key",
    "create_exclude_constraint": "exclude constraint",
}
_JUDGES: Mapping[str, Callable[..., Step]] = {
    "add_column": _add_column,
    "alter_column": _alter_column,
    "create_index": _create_index,
    "drop_table": partial(_drop, "table"),
    "drop_column": partial(_drop, "column"),
    "drop_index": partial(_drop, "index"),
    "drop_constraint": lambda new, name, *_, **__: Step(Kind.EXPANDING, f"drop constraint {name}"),
    "rename_table": _rename_table,
    "execute": _execute,
    "bulk_insert": _bulk_insert,
    **{name: partial(_stricter, kind) for name, kind in _STRICT.items()},
}
