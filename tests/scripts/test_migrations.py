"""The judge of migrations: it lets through what is safe, and says of each bad one what is wrong and what to do."""

import json
import subprocess
from types import ModuleType

import pytest
import sqlalchemy as sa
from alembic import op

from flagsvc.store.schema import migrations
from flagsvc.store.steps import GROWING, Kind, steps_of, worst
from flagsvc.store.tables import metadata
from scripts.migrations import RECORDED, Releases, faults_of, main, order_faults, releases
from tests.support.tree import ROOT, project

NOW, BEFORE, LONG_AGO = "0.3.0", "0.2.0", "0.1.0"
AGAINST = Releases(
    present=NOW,
    previous=BEFORE,
    used_now=frozenset({"flags", "flags.name", "index flags_by_name"}),
    used_before=frozenset({"flags", "flags.name", "flags.title", "index flags_by_name", "index flags_by_title"}),
)


def migration(body: str, **members: object) -> ModuleType:
    """Make a migration whose `upgrade` is this code."""
    made = ModuleType("made")
    vars(made).update({"op": op, "sa": sa, "release": NOW, **members})
    exec("def upgrade():\n" + "\n".join(f"    {line}" for line in body.splitlines()), vars(made))  # noqa: S102 -- our own
    return made


def faults(body: str, **members: object) -> str:
    return "\n".join(faults_of("0042", migration(body, **members), AGAINST))


SAFE = {
    "a table": 'op.create_table("extra", sa.Column("id", sa.Integer(), nullable=False))',
    "an index on a new table": 'op.create_table("changes"); op.create_index("i", "changes", ["id"], unique=True)',
    "an index on a small table": 'op.create_index("i", "flags", ["id"])',
    "a column that may be empty": 'op.add_column("flags", sa.Column("x", sa.Text(), nullable=True))',
    "a column with a constant": (
        'op.add_column("flags", sa.Column("x", sa.Integer(), nullable=False, server_default="0"))'
    ),
    "a default": 'op.alter_column("flags", "name", server_default="x")',
    "a constraint less": 'op.drop_constraint("c", "flags")',
    "rows of a new table": 't = sa.table("extra"); op.create_table("extra"); op.bulk_insert(t, [{}])',
    "a trigger": 'op.execute("CREATE TRIGGER t BEFORE UPDATE ON x")',
    "one kind of database": 'op.execute("CREATE TABLE t (i int)") if op.get_bind().dialect.name == "sqlite" else None',
    "in a batch": 'with op.batch_alter_table("flags") as b: b.add_column(sa.Column("x", sa.Text()))',
}

BAD = {
    "a column that must be filled": (
        'op.add_column("flags", sa.Column("x", sa.Text(), nullable=False))',
        "the release before inserts none: make it nullable",
    ),
    "the same in a batch": (
        'with op.batch_alter_table("flags") as b: b.add_column(sa.Column("x", sa.Text(), nullable=False))',
        "flags.x: rows that are there have no value",
    ),
    "a default for each row": (
        'op.add_column("flags", sa.Column("x", sa.Text(), server_default=sa.func.now()))',
        "rewrites the table under a lock: use a constant",
    ),
    "such a default as text": (
        'op.add_column("flags", sa.Column("x", sa.Text(), server_default=sa.text("gen_random_uuid()")))',
        "rewrites the table under a lock: use a constant",
    ),
    "a unique column": (
        'op.add_column("flags", sa.Column("x", sa.Text(), unique=True))',
        "may write rows that it forbids",
    ),
    "another name of a column": (
        'op.alter_column("flags", "name", new_column_name="title")',
        "add the new one, fill it with a backfill",
    ),
    "another name of a table": ('op.rename_table("flags", "banners")', "add the new one, fill it with a backfill"),
    "another name in SQL": ('op.execute("ALTER TABLE flags RENAME TO banners")', "add the new one"),
    "another type": ('op.alter_column("flags", "name", type_=sa.Integer())', "wrong type: add a column instead"),
    "another type in SQL": ('op.execute("ALTER TABLE flags ALTER name TYPE int")', "wrong type: add a column instead"),
    "no empty value any more": ('op.alter_column("flags", "x", nullable=False)', "may write rows that it forbids"),
    "empty values": ('op.alter_column("flags", "x", nullable=True)', "may read an empty value"),
    "an index that locks": ('op.create_index("i", "changes", ["at"])', "millions of rows"),
    "an index that no transaction can build": (
        'op.create_index("i", "changes", ["id"], postgresql_concurrently=True)',
        "all migrations are one transaction",
    ),
    "a unique index": ('op.create_index("i", "flags", ["x"], unique=True)', "may write rows that it forbids"),
    "a foreign key": ('op.create_foreign_key("f", "flags", "x", ["a"], ["b"])', "may write rows that it forbids"),
    "a check": ('op.create_check_constraint("c", "flags", "1 = 1")', "may write rows that it forbids"),
    "rows": ('op.execute("UPDATE flags SET name = 1")', "that is the work of a backfill"),
    "rows of an old table": ('op.bulk_insert(sa.table("flags"), [{}])', "that is the work of a backfill"),
    "rows that are read": ('op.get_bind().execute("SELECT 1")', "the linter cannot see what it does"),
    "a second statement": ('op.execute("CREATE TABLE x (a int); DROP TABLE flags")', "several statements at once"),
    "a second one after a body": (
        'op.execute("CREATE FUNCTION f() AS $b$ BEGIN a; b; END $b$; DROP TABLE flags")',
        "several statements at once",
    ),
    "what nobody knows": ('op.execute("VACUUM FULL")', "no rule says how safe it is"),
    "an operation that nobody knows": ('op.create_table_comment("x", "y")', "no rule says how safe it is: add one"),
    "a setting that nobody knows": ('op.alter_column("flags", "x", autoincrement=True)', "no rule says how safe it is"),
}


@pytest.mark.parametrize("body", SAFE.values(), ids=SAFE)
def test_what_expands_is_let_through(body: str) -> None:
    assert faults(body) == ""


@pytest.mark.parametrize(("body", "said"), BAD.values(), ids=BAD)
def test_what_locks_or_breaks_is_refused_with_the_way_out(body: str, said: str) -> None:
    text = faults(body, contracts=LONG_AGO if "forbids" in said or "empty" in said else None)
    undeclared = faults(body)

    assert said in undeclared
    assert "0042: " in undeclared
    assert (said in text) == ("forbids" not in said and "empty" not in said)  # declared, a contraction may pass


DROPS = {
    "a column": ('op.drop_column("flags", "{}")', {"now": "name", "before": "title", "free": "old"}),
    "an index": ('op.drop_index("flags_by_{}")', {"now": "name", "before": "title", "free": "old"}),
    "a column in a batch": (
        'with op.batch_alter_table("flags") as b: b.drop_column("{}")',
        {"now": "name", "before": "title", "free": "old"},
    ),
}


@pytest.mark.parametrize(("body", "names"), DROPS.values(), ids=DROPS)
def test_a_contraction_is_refused_while_this_code_or_that_of_the_previous_release_uses_it(
    body: str, names: dict[str, str]
) -> None:
    now, before, free = (faults(body.format(names[name]), contracts=BEFORE) for name in ("now", "before", "free"))

    assert f"the code of this release ({NOW}) still uses it" in now
    assert f"the code of the previous release ({BEFORE}) still uses it" in before
    assert "Drop it in the release after this one" in before
    assert free == ""


def test_a_table_that_is_used_is_not_dropped() -> None:
    assert "still uses it" in faults('op.drop_table("flags")', contracts=BEFORE)
    assert faults('op.drop_table("banners")', contracts=BEFORE) == ""


def test_a_contraction_says_which_code_it_locks_out_and_never_the_previous_release() -> None:
    body = 'op.drop_column("flags", "old")'

    assert 'has to say which code may still run on the schema: `contracts = "0.x.0"`' in faults(body)
    assert f"the previous release is {BEFORE}: leave it to the release after {NOW}" in faults(body, contracts=NOW)


def test_a_lock_may_be_accepted_for_a_reason_and_only_that_one() -> None:
    body = 'op.create_index("i", "changes", ["at"])'
    (step,) = steps_of(migration(body))

    assert faults(body, accepts={step.what: "the table is emptied in the same hour"}) == ""
    assert faults(body, accepts={step.what: ""}) != ""
    assert faults(body, accepts={"another": "reason"}) != ""


def test_nobody_is_locked_out_for_nothing() -> None:
    assert "takes nothing away" in faults('op.create_table("extra")', contracts=BEFORE)


@pytest.mark.parametrize("release", [None, "the release that brings it", "0.4.0"])
def test_every_migration_says_its_release_which_is_this_one_at_most(release: str | None) -> None:
    text = faults("pass", release=release)

    assert ("says no release" in text) or ("is only 0.3.0" in text)


def test_the_class_of_a_migration_is_that_of_its_worst_step() -> None:
    made = migration('op.create_table("a"); op.drop_table("b"); op.create_index("i", "changes", ["at"])')

    assert worst(steps_of(made)) is Kind.CONTRACTING
    assert worst([]) is Kind.EXPANDING
    assert made.op is op


def test_our_own_migrations_are_safe_and_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().err == ""
    assert all(worst(steps_of(script.module)) is Kind.EXPANDING for script in migrations())


def test_releases_out_of_order_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = migrations()
    monkeypatch.setattr(scripts[3].module, "release", "0.2.0")

    assert [fault[:4] for fault in order_faults(scripts)] == [scripts[4].revision]


def test_tables_that_grow_are_tables() -> None:
    assert metadata.tables.keys() >= GROWING


def test_the_record_is_that_of_the_code_of_the_previous_release() -> None:
    """Without the repository's history (an archive of the sources) the record is believed."""
    previous = project()["tool"]["flagsvc"]["previous"]
    assert json.loads(RECORDED.read_text())["release"] == previous["version"] == releases().previous
    show = ["git", "show", f"{previous['commit']}:flagsvc/store/tables.py"]
    shown = subprocess.run(show, cwd=ROOT, capture_output=True, text=True, check=False)
    if shown.returncode:
        pytest.skip("there is no history here that has the previous release")
    code = {"__name__": "previous"}
    exec(compile(shown.stdout, "tables.py", "exec"), code)  # noqa: S102 -- our own

    tables = code["metadata"].tables.values()  # type: ignore[attr-defined]
    used = {f"{table.name}.{column.name}" for table in tables for column in table.columns}
    assert used <= releases().used_before
    assert {table.name for table in tables} == {
        name for name in releases().used_before if "." not in name and " " not in name
    }
