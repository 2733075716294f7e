"""The stage of the drills: a service on PostgreSQL and Redis with SDKs attached, and the commands of a page."""

import itertools
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psycopg

from flagsdk import FlagClient
from flagsvc.domain.instants import text_of
from flagsvc.store import SqlStore, back_up, open_store
from tests.store.engines import PATIENCE_SECONDS
from tests.support.servers import PostgresServer, RedisServer
from tests.support.service import ADMIN_TOKEN, Service
from tests.support.snippets import BLOCK
from tests.support.timing import eventually
from tests.support.tree import ROOT
from tests.system.cluster import ENVIRONMENT, SPLIT

PAGE = "docs/operate/disasters.md"
_SECTION = re.compile(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_numbers = itertools.count(1)


def commands(page: str = PAGE) -> dict[str, list[str]]:
    """Give the blocks of commands under each heading that has some."""
    sections = _SECTION.findall((ROOT / page).read_text())
    found = {title: [text for name, text in BLOCK.findall(body) if name == "sh"] for title, body in sections}
    return {title: blocks for title, blocks in found.items() if blocks}


def shell(script: str, folder: Path, variables: Mapping[str, str]) -> str:
    """Run commands as an operator does, under these variables; gives what they print, and fails when they do."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FLAGSVC")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-ec", script], cwd=folder, env={**kept, "PATH": path, "HOME": str(folder), **variables},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass
class Stage:
    """What runs. The database may change: `move` before `service.start`."""

    postgres: PostgresServer
    redis: RedisServer
    service: Service
    clients: tuple[FlagClient, ...]
    folder: Path

    def weigh(self, canary: int, service: Service | None = None) -> None:
        """Give the canary so much of the traffic, and wait until every SDK says so."""
        weights = {"canary": canary, "stable": 100_000 - canary}
        path = f"environments/{ENVIRONMENT}/splits/{SPLIT}/weights"
        (service or self.service).call("POST", path, {"weights": weights})
        self.demand("canary" if canary else "stable")

    def demand(self, cohort: str) -> None:
        """Wait until every SDK decides so."""
        for client in self.clients:
            eventually(partial(_says, client, cohort), f"an SDK says {cohort}")

    def back_up(self, name: str = "flagsvc-backup.gz") -> None:
        """Take the backup that the page speaks of, as `flagsvc db backup` does."""
        with closing(self.store()) as store, (self.folder / name).open("wb") as file:
            back_up(store.engine, file, text_of(datetime.now(UTC)))

    def store(self, url: str | None = None) -> SqlStore:
        """Open the service's database, or another one; close it after use."""
        address = url or self.service._settings["DATABASE_URL"]
        return open_store(address, chance=lambda: 0.5, patience_seconds=PATIENCE_SECONDS)

    def new_database(self) -> str:
        """Make an empty database in the same cluster, and give its address."""
        name = f"drill_{next(_numbers)}"
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.postgres.url_of(name)

    def move(self, url: str) -> None:
        """Set the service's address of the database."""
        self.service._settings["DATABASE_URL"] = url

    def drill(self, title: str, number: int | None = None, **variables: str) -> str:
        """Run the commands under a heading of the page, all or those of one block."""
        blocks = commands()[title]
        return self.run("\n".join(blocks if number is None else [blocks[number]]), variables)

    def run(self, script: str, variables: Mapping[str, str] | None = None) -> str:
        """Run commands as an operator does; gives what they print, and fails when they do."""
        return shell(script, self.folder, self.surroundings() | dict(variables or {}))

    def surroundings(self) -> dict[str, str]:
        """Give the variables of the service and of flagctl."""
        settings = {f"FLAGSVC_{name}": value for name, value in self.service._settings.items()}
        ours = {"FLAGSVC_DATA_DIR": str(self.service.folder), "FLAGSVC": self.service.url}
        ctl = {"FLAGSVC_URL": self.service.url, "FLAGSVC_TOKEN": ADMIN_TOKEN, "NO_PROXY": "*"}
        return {**settings, **ours, **ctl}


def _says(client: FlagClient, cohort: str) -> bool:
    return client.cohort(SPLIT, "user-1") == cohort


@contextmanager
def staged(postgres: PostgresServer, redis: RedisServer, folder: Path, **settings: str) -> Iterator[Stage]:
    """Start a service with sample data and an SDK on each source; the database is PostgreSQL unless settings say so."""
    with ExitStack() as stack:
        stage = Stage(postgres, redis, Service({}), (), folder)
        database = settings.pop("DATABASE_URL", "") or stage.new_database()
        wanted = {"REDIS_URL": redis.url, "SAMPLE_DATA": "true", "DATABASE_URL": database, **settings}
        stage.service = service = stack.enter_context(closing(Service(wanted)))
        service.start()
        asked = {"kind": "sdk", "environment": ENVIRONMENT, "name": "drills"}
        token = service.call("POST", "tokens", asked)["document"]["token"]
        by_redis = FlagClient(redis.url, environment=ENVIRONMENT)
        by_http = FlagClient(service.url, environment=ENVIRONMENT, token=token, report_seconds=0)
        stage.clients = (stack.enter_context(by_redis), stack.enter_context(by_http))
        yield stage
