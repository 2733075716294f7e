"""Backups: what comes out is what went in, on either database; whatever is wrong with a file changes nothing."""

import gzip
import io
import itertools
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from flagsvc.store import Damaged, SchemaState, SqlStore, back_up, check, current, examine, open_store, restore, upgrade
from flagsvc.store.backups.form import Digest, line_of
from flagsvc.store.schema import bring_to, locked
from flagsvc.usecases import history
from tests.store.engines import ENGINES, PATIENCE_SECONDS, contents, tamper
from tests.store.filling import fill
from tests.usecases.world import World, flag

NOW = "2026-01-02T03:04:05.000000Z"
_EACH = [pytest.param(name, marks=[pytest.mark.servers] * (name != "sqlite")) for name in ENGINES]
Lines = list[bytes]


@pytest.fixture(params=_EACH)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    """Give a database in which there is nothing."""
    url = f"sqlite:///{tmp_path / 'target.db'}"
    if request.param != "sqlite":
        url = request.getfixturevalue("postgres_database_url")
    made = open_store(url, chance=random.random, patience_seconds=PATIENCE_SECONDS)
    yield made
    made.close()


@pytest.fixture
def lite_target(tmp_path: Path) -> Iterator[SqlStore]:
    made = open_store(f"sqlite:///{tmp_path / 'target.db'}", chance=random.random)
    yield made
    made.close()


def _taken(store: SqlStore, path: Path) -> Path:
    with path.open("wb") as file:
        back_up(store.engine, file, NOW)
    return path


def _nothing(_: object) -> None:
    return None


def _raising(_: object) -> None:
    raise ZeroDivisionError


def test_what_comes_out_is_what_went_in_on_either_database(store: SqlStore, target: SqlStore, tmp_path: Path) -> None:
    """Every row of every table, types included; the history verifies, and it goes on where it was."""
    fill(store)
    before = contents(store)
    path = _taken(store, tmp_path / "backup.gz")

    restore(target.engine, path, _nothing)

    assert contents(target) == before
    assert check(target.engine) == []
    assert history.verify_audit(target)["ok"]
    again = World.__new__(World)
    again.resume(target)
    again.weigh(flag(), {"on": 1, "off": 99_999})
    assert again.verified()
    tamper(target, "INSERT INTO binding_events (environment, binding, router, kind, detail, at) "
                   "VALUES ('e', 'b', 'r', 'k', 'd', 'a')")  # fmt: skip


def test_a_backup_is_of_one_moment_while_others_write(store: SqlStore, tmp_path: Path) -> None:
    world = fill(store)
    path = tmp_path / "backup.gz"
    before = contents(store)

    class Slow(io.BytesIO):
        def write(self, data: Any) -> int:
            world.weigh(flag(), {"on": next(weights), "off": 100_000 - next(others)})
            return super().write(data)

    weights, others = itertools.count(1), itertools.count(1)
    slow = Slow()
    back_up(store.engine, slow, NOW)
    path.write_bytes(slow.getvalue())

    assert contents(store) != before
    assert examine(path).rows["changes"] == len(before["changes"])


def test_a_backup_of_an_older_schema_is_brought_up_to_date(target: SqlStore, tmp_path: Path) -> None:
    """That is how one takes a backup before an upgrade."""
    source = open_store(f"sqlite:///{tmp_path / 'old.db'}", chance=random.random)
    with locked(source.engine) as connection:
        bring_to(connection, "0008")
        connection.execute(text("INSERT INTO leases VALUES ('a', 'b', 7, 8)"))
    path = _taken(source, tmp_path / "backup.gz")
    source.close()

    restore(target.engine, path, _nothing)

    assert current(target.engine) is SchemaState.CURRENT
    assert contents(target)["leases"] == [("a", "b", 7, 8)]
    assert examine(path).revision == "0008"


def test_the_header_says_what_it_is(sqlite: SqlStore, tmp_path: Path) -> None:
    fill(sqlite)

    header = examine(_taken(sqlite, tmp_path / "backup.gz"))

    assert (header.created_at, header.created_by, header.database) == (NOW, "0.2.0", "sqlite")
    assert header.rows["environments"] == len(contents(sqlite)["environments"])


def _cut(packed: bytes, lines: Lines) -> bytes:
    return packed[: len(packed) // 2]


def _flipped(packed: bytes, lines: Lines) -> bytes:
    return packed[:200] + bytes([packed[200] ^ 1]) + packed[201:]


def _packed(lines: Lines) -> bytes:
    return gzip.compress(b"".join(lines))


def _without_a_row(lines: Lines) -> Lines:
    gone = next(number for number, line in enumerate(lines) if line[:1] == b"[")
    return [*lines[:gone], *lines[gone + 1 :]]


def _closed(lines: Lines) -> bytes:
    """Close lines again with a digest that fits: what only looks at digests believes them."""
    digest = Digest()
    for line in lines:
        digest.add(line)
    rows = sum(line[:1] == b"[" for line in lines)
    return _packed([*lines, line_of({"rows": rows, "digest": digest.text})])


def _headed(lines: Lines, **members: Any) -> bytes:
    return _closed([line_of({**json.loads(lines[0]), **members}), *lines[1:-1]])


def _headless(member: str) -> Callable[[bytes, Lines], bytes]:
    """As a flipped bit in the name of a member of the first line leaves it."""

    def spoilt(_: bytes, lines: Lines) -> bytes:
        header = json.loads(lines[0])
        return _packed([line_of({name: value for name, value in header.items() if name != member}), *lines[1:]])

    return spoilt


WRONG: dict[str, tuple[Callable[[bytes, Lines], bytes], str]] = {
    "cut off": (_cut, "cut off"),
    "a bit flipped": (_flipped, "damaged"),
    "without its last line": (lambda _, lines: _packed(lines[:-1]), "its last line is missing"),
    "a row less": (lambda _, lines: _packed(_without_a_row(lines)), "its digest is another"),
    "a row less, and closed again": (lambda _, lines: _closed(_without_a_row(lines)[:-1]), "has not the rows of"),
    "a value changed": (lambda _, lines: _packed([line.replace(b"ada", b"eve") for line in lines]), "its digest"),
    "something after the end": (lambda _, lines: _packed([*lines, b"[]\n"]), "something follows"),
    "no JSON": (lambda _, lines: _packed([lines[0], b"nonsense\n"]), "no JSON"),
    "a row of no table": (lambda _, lines: _closed([lines[0], b"[1]\n"]), "neither a table nor a row"),
    "not packed": (lambda _, lines: b"".join(lines), "no backup of flagsvc"),
    "empty": (lambda _, lines: b"", "no backup of flagsvc"),
    "of somebody else": (lambda _, lines: gzip.compress(b'{"kind": "photographs"}\n'), "no backup of flagsvc"),
    **{
        f"without its {member}": (_headless(member), "first line")
        for member in ("schema", "tables", "rows", "createdAt", "createdBy", "database")
    },
    "with tables that are none": (lambda _, lines: _headed(lines, tables=["flags"]), "first line"),
    "with a schema that is none": (lambda _, lines: _headed(lines, schema="0010"), "first line"),
    "of a newer format": (lambda _, lines: _headed(lines, format=2), "reads format 1"),
    "of a newer schema": (
        lambda _, lines: _headed(lines, schema={"revision": "9999", "release": "9"}, createdBy="9.0.0"),
        "made by flagsvc 9.0.0",
    ),
    "with columns of no release": (
        lambda _, lines: _closed(
            [
                line_of({**json.loads(lines[0]), "tables": {"leases": ["name", "wage"]}, "rows": {"leases": 1}}),
                *(line_of("leases"), line_of(["a", 1])),
            ]
        ),
        "its leases is none of schema",
    ),
    "with a table that its schema had not": (
        lambda _, lines: _closed(
            [
                line_of(
                    {
                        **json.loads(lines[0]),
                        "schema": {"revision": "0001", "release": "0.1.0"},
                        "tables": {"leases": ["name"]},
                        "rows": {"leases": 1},
                    }
                ),
                *(line_of("leases"), line_of(["a"])),
            ]
        ),
        "its leases is none of schema 0001",
    ),
    "with strange tables": (
        lambda _, lines: _headed(lines, tables={**json.loads(lines[0])["tables"], "wages": ["sum"]}),
        "not flagsvc's: wages",
    ),
}


@pytest.mark.parametrize(("spoil", "said"), WRONG.values(), ids=WRONG)
def test_whatever_is_wrong_with_a_file_is_said_and_changes_nothing(
    sqlite: SqlStore, lite_target: SqlStore, tmp_path: Path, spoil: Callable[[bytes, Lines], bytes], said: str
) -> None:
    World(sqlite)
    packed = _taken(sqlite, tmp_path / "good.gz").read_bytes()
    lines = gzip.decompress(packed).splitlines(keepends=True)
    path = tmp_path / "bad.gz"
    path.write_bytes(spoil(packed, lines))

    with pytest.raises(Damaged, match=said):
        restore(lite_target.engine, path, _nothing)

    assert current(lite_target.engine) is SchemaState.EMPTY


def test_a_database_that_holds_something_is_only_replaced_on_purpose(
    sqlite: SqlStore, target: SqlStore, tmp_path: Path
) -> None:
    fill(sqlite)
    path = _taken(sqlite, tmp_path / "backup.gz")
    upgrade(target.engine)
    World(target, "other")
    before = contents(target)

    with pytest.raises(Damaged, match="--replace"):
        restore(target.engine, path, _nothing)
    assert contents(target) == before
    restore(target.engine, path, _nothing, replace=True)

    assert contents(target) == contents(sqlite)


def test_whatever_goes_wrong_at_the_very_end_leaves_everything_as_it_was(
    sqlite: SqlStore, target: SqlStore, tmp_path: Path
) -> None:
    fill(sqlite)
    path = _taken(sqlite, tmp_path / "backup.gz")
    upgrade(target.engine)
    World(target, "other")
    before = contents(target)

    with pytest.raises(ZeroDivisionError):
        restore(target.engine, path, _raising, replace=True)

    assert contents(target) == before
    assert history.verify_audit(target)["ok"]


def test_tables_of_others_in_the_same_database_are_left_alone(
    sqlite: SqlStore, target: SqlStore, tmp_path: Path
) -> None:
    World(sqlite)
    path = _taken(sqlite, tmp_path / "backup.gz")
    upgrade(target.engine)
    with target.engine.connect() as connection, connection.begin():
        connection.execute(text("CREATE TABLE wages (sum INTEGER)"))

    restore(target.engine, path, _nothing, replace=True)

    with target.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM wages")).scalar_one() == 0


def test_of_nothing_there_is_no_backup(target: SqlStore) -> None:
    with pytest.raises(Damaged, match="nothing to back up"):
        back_up(target.engine, io.BytesIO(), NOW)
