"""The typed module of the sample flags: `python -m tests.codegen.sample` writes the copy that the type tests use."""

import tempfile
from pathlib import Path

from flagsdk.codegen import python_module
from flagsdk.wire import canonical
from flagsvc.sample import ENVIRONMENT, plant
from flagsvc.usecases.snapshots import snapshot
from tests.store.engines import prepare_sqlite, sqlite_store
from tests.support.tree import ROOT
from tests.usecases.world import World

COMMITTED = ROOT / "tests/typing/generated_flags.py"


def sample_documents(folder: Path) -> dict[str, str]:
    """Plant the sample in a store of its own, and give the documents that its readers get."""
    prepare_sqlite(folder / "prepared.db")
    store = sqlite_store(folder / "prepared.db", folder / "sample.db")
    try:
        world = World(store, "development", "staging", ENVIRONMENT)
        plant(world.store, world.intent())
        return {name: canonical(document) for name, document in snapshot(store, ENVIRONMENT)["documents"].items()}
    finally:
        store.close()


def main() -> None:
    """Write the copy."""
    with tempfile.TemporaryDirectory() as folder:
        COMMITTED.write_text(python_module(sample_documents(Path(folder)), ENVIRONMENT), "utf-8")


if __name__ == "__main__":
    main()
