"""Judge the migrations: `python -m scripts.migrations`. With `record`, note down what this release's code uses.

A schema is changed in three steps, each in a release of its own: expand (add what is new), migrate (backfill the rows
that are there), contract (drop what no code uses any more). At every moment the release before must be able to work on
the schema, because during an upgrade it does. `previous_models.json` names the tables, columns and indexes that the
code of the previous release uses, so that no history of the repository is needed to know.
"""

import json
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import ModuleType

from alembic.script import Script

from flagsvc import __version__
from flagsvc.store.schema import migrations
from flagsvc.store.steps import Kind, Step, steps_of, worst
from flagsvc.store.tables import metadata
from flagsvc.store.versions import contracts_of, numbers_of

ROOT = Path(__file__).parents[1]
RECORDED = Path(__file__).parent / "previous_models.json"
ADVICE = 'docs/operate/upgrade.md, "For who changes the schema", shows how.'


@dataclass(frozen=True, slots=True, kw_only=True)
class Releases:
    """What migrations are held against: this release and the one before, and what the code of each uses."""

    present: str
    previous: str
    used_now: frozenset[str]
    used_before: frozenset[str]


def models() -> frozenset[str]:
    """Name everything of the schema that the code uses: "TABLE", "TABLE.COLUMN", "index NAME"."""
    names = set(metadata.tables)
    for table in metadata.tables.values():
        names |= {f"{table.name}.{column.name}" for column in table.columns}
        names |= {f"index {index.name}" for index in table.indexes}
    return frozenset(names)


def releases() -> Releases:
    """Read the present release from the code, the previous one from pyproject.toml and the record."""
    recorded = json.loads(RECORDED.read_text("utf-8"))
    previous = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["flagsvc"]["previous"]["version"]
    if recorded["release"] != previous:
        raise SystemExit(
            f"{RECORDED.name} is of {recorded['release']}, the previous release is {previous}: check that one out, "
            "run `python -m scripts.migrations record` there, and bring the file here."
        )
    return Releases(
        present=__version__, previous=previous, used_now=models(), used_before=frozenset(recorded["uses"])
    )  # fmt: skip


def faults_of(name: str, module: ModuleType, against: Releases) -> Iterator[str]:
    """Say in a sentence each what keeps a migration from being released."""
    release = getattr(module, "release", None)
    if not isinstance(release, str) or not release[:1].isdigit():
        yield f'{name}: says no release. Add `release = "{against.present}"`: the release that brings it.'
        return
    if numbers_of(release) > numbers_of(against.present):
        yield f"{name}: is of release {release}, and this is only {against.present}."
    steps = steps_of(module)
    for step in steps:
        yield from (f"{name}: {step.what}: {fault}" for fault in _JUDGES[step.kind](step, module, against))
    if contracts_of(vars(module)) and worst(steps) is not Kind.CONTRACTING:
        yield f"{name}: declares `contracts`, and takes nothing away: remove the line, it locks older code out."


def order_faults(scripts: Sequence[Script]) -> Iterator[str]:
    """Find migrations whose release is earlier than that of the one before them."""
    for former, script in pairwise(scripts):
        was, now = (getattr(each.module, "release", "0") for each in (former, script))
        if numbers_of(now) < numbers_of(was):
            yield f"{script.revision}: is of release {now}, after {former.revision} of {was}: order them by release."


def _expanding(step: Step, module: ModuleType, against: Releases) -> Iterable[str]:
    return ()


def _locking(step: Step, module: ModuleType, against: Releases) -> Iterable[str]:
    accepted: Mapping[str, str] = getattr(module, "accepts", {})
    if accepted.get(step.what):
        return ()
    quick = f"If you know that it is quick everywhere, say why: `accepts = {{{step.what!r}: 'the reason'}}`."
    return [f"{step.why}. {quick} {ADVICE}"]


def _contracting(step: Step, module: ModuleType, against: Releases) -> Iterator[str]:
    if step.takes in against.used_now:
        yield f"the code of this release ({against.present}) still uses it (flagsvc/store/tables.py). {ADVICE}"
    elif step.takes in against.used_before and numbers_of(module.release) > numbers_of(against.previous):
        yield (
            f"the code of the previous release ({against.previous}) still uses it, and serves while this one is rolled "
            f"out ({step.why}). Drop it in the release after this one. {ADVICE}"
        )
    yield from _undeclared(contracts_of(vars(module)), step, against)


def _undeclared(contracts: str | None, step: Step, against: Releases) -> Iterator[str]:
    if contracts is None:
        yield (
            f"takes something away ({step.why}), so it has to say which code may still run on the schema: "
            f'`contracts = "0.x.0"`, the first release that no longer uses it, at most {against.previous}. {ADVICE}'
        )
    elif numbers_of(contracts) > numbers_of(against.previous):
        yield (
            f'by its own word (`contracts = "{contracts}"`) releases before {contracts} still use it, and the previous '
            f"release is {against.previous}: leave it to the release after {contracts}. {ADVICE}"
        )


def _refused(step: Step, module: ModuleType, against: Releases) -> Iterable[str]:
    return [f"{step.why}. {ADVICE}"]


_JUDGES = {
    Kind.EXPANDING: _expanding,
    Kind.LOCKING: _locking,
    Kind.CONTRACTING: _contracting,
    Kind.BREAKING: _refused,
    Kind.UNKNOWN: _refused,
}


def main(words: Sequence[str]) -> int:
    """Print every fault; exit 1 when there is one."""
    if list(words) == ["record"]:
        RECORDED.write_text(json.dumps({"release": __version__, "uses": sorted(models())}, indent=1) + "\n", "utf-8")
        return 0
    scripts, against = migrations(), releases()
    faults = [fault for script in scripts for fault in faults_of(script.revision, script.module, against)]
    for fault in [*faults, *order_faults(scripts)]:
        print(f"migration {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
