"""The drills of docs/operate/disasters.md, by its own commands, on real servers, with SDKs attached throughout."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from flagsvc.store import restore, status
from tests.support.plain import PLAIN
from tests.support.previous import NoHistory, previous_tree
from tests.support.process import NotStarted
from tests.support.servers import PostgresServer, RedisServer
from tests.support.service import ADMIN_TOKEN, Service
from tests.support.timing import eventually
from tests.support.tree import project
from tests.system.drills import Stage, commands, staged

pytestmark = pytest.mark.servers

ALL, NONE = 100_000, 0
NEW_TOKEN = "another-admin-token-of-the-drills"  # noqa: S105 -- of a throw-away service
DRILLED = {
    *("Database lost", "Redis lost", "Both lost", "Region lost"),
    *("Bad release", "Corrupt file", "Wrong restore", "Admin token lost"),
}


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    server = RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="module")
def shared_stage(
    shared_postgres: PostgresServer, redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    with staged(shared_postgres, redis, tmp_path_factory.mktemp("drills")) as made:
        yield made


@pytest.fixture
def stage(shared_stage: Stage) -> Stage:
    """One for all drills: each begins with a backup, and ends with a service that works, unless it failed."""
    if not shared_stage.service.alive:
        shared_stage.service.start()
    return shared_stage


def _backed_up_and_moved_on(stage: Stage) -> None:
    """Take a backup that says canary, and then say stable, which will be lost."""
    stage.weigh(ALL)
    stage.back_up()
    stage.weigh(NONE)


def test_every_block_of_commands_of_the_page_is_drilled() -> None:
    assert commands().keys() == DRILLED


def test_the_database_is_lost(stage: Stage) -> None:
    _backed_up_and_moved_on(stage)
    stage.service.stop()
    stage.move(stage.new_database())
    stage.demand("stable")  # with nothing there at all

    printed = stage.drill("Database lost")
    stage.service.start()

    assert "restored; epoch " in printed
    stage.demand("canary")
    stage.weigh(NONE)


def test_redis_is_lost(stage: Stage) -> None:
    stage.weigh(ALL)
    stage.redis.kill()
    stage.demand("canary")
    stage.redis.start()

    printed = stage.drill("Redis lost")

    assert '"checks"' in printed
    stage.weigh(NONE)


def test_both_are_lost(stage: Stage) -> None:
    _backed_up_and_moved_on(stage)
    stage.service.stop()
    stage.redis.kill()
    stage.move(stage.new_database())
    stage.demand("stable")
    stage.redis.start()

    stage.drill("Both lost")
    stage.service.start()

    stage.demand("canary")
    stage.weigh(NONE)


def test_a_region_is_lost_and_the_standby_lagged(stage: Stage) -> None:
    """The standby is a database that stopped following before the last change, with the epoch that readers hold."""
    _backed_up_and_moved_on(stage)
    standby = stage.new_database()
    with closing(stage.store(standby)) as store:
        restore(store.engine, stage.folder / "flagsvc-backup.gz", lambda _: None)
    stage.service.stop()
    stage.move(standby)

    stage.drill("Region lost")
    stage.service.start()

    stage.demand("canary")
    stage.weigh(NONE)


def test_the_wrong_backup_was_restored(stage: Stage) -> None:
    _backed_up_and_moved_on(stage)
    stage.service.stop()
    stage.back_up("stable.gz")
    stage.run("flagsvc db restore stable.gz --replace --yes")
    stage.service.start()
    stage.demand("stable")
    stage.service.stop()

    stage.drill("Wrong restore")
    stage.service.start()

    stage.demand("canary")
    stage.weigh(NONE)


def test_the_admin_token_is_lost(stage: Stage) -> None:
    lost = stage.service.call("POST", "tokens", {"kind": "admin", "name": "lost"})["document"]
    stage.service.stop()
    printed = stage.drill("Admin token lost", 0)
    stage.service._settings["ADMIN_TOKEN"] = NEW_TOKEN
    stage.service.start()
    try:
        printed += stage.drill("Admin token lost", 1, LOST=lost["id"], FLAGSVC_TOKEN=NEW_TOKEN)
    finally:
        stage.service._settings["ADMIN_TOKEN"] = ADMIN_TOKEN

    def ask(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx2.get(
            f"{stage.service.url}/api/v1/environments", headers=headers, trust_env=False, verify=PLAIN, timeout=60
        )
        return answer.status_code

    assert lost["id"] in printed
    eventually(lambda: ask(lost["token"]) == 401, "the end of the lost token")
    assert ask(NEW_TOKEN) == 200


def test_the_file_is_damaged(shared_postgres: PostgresServer, redis_server: RedisServer, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    where = {"DATA_DIR": str(data), "DATABASE_URL": f"sqlite:///{data / 'flagsvc.db'}"}
    with staged(shared_postgres, redis_server, tmp_path, **where) as stage:
        _backed_up_and_moved_on(stage)
        stage.service.stop()
        (data / "flagsvc.db").write_bytes(b"not a database, " * 1000)
        with pytest.raises(NotStarted, match="is damaged"):
            stage.service.start()

        stage.drill("Corrupt file", FLAGSVC_DATA_DIR=str(data))
        stage.service.start()

        stage.demand("canary")
        assert (tmp_path / "aside" / "flagsvc.db").read_bytes().startswith(b"not a database")


@pytest.fixture
def previous() -> Iterator[str]:
    """Make the previous release, as it was; answers a path for Python."""
    try:
        with previous_tree() as folder:
            yield os.pathsep.join([str(folder), str(folder / "sdk")])
    except NoHistory as error:
        pytest.skip(str(error))


def test_the_new_release_is_bad_and_the_previous_one_takes_over_and_back(stage: Stage, previous: str) -> None:
    """Same schema, same SDKs. What the previous release leaves undone, a backfill does when the new one is back."""
    stage.weigh(ALL)
    stage.service.stop()

    with closing(Service(stage.service._settings, python_path=previous)) as former:
        former.port = stage.service.port
        former.start()
        assert former.call("GET", "system")["version"] == project()["tool"]["flagsvc"]["previous"]["version"]
        stage.weigh(NONE, former)
        described = {"key": "made-before", "type": "boolean", "description": "Colours"}
        former.call("POST", "flags", described)
        former.stop()
    assert "oldest code  flagsvc 0.1.0" in stage.run(f"{commands()['Bad release'][0].strip()} || test $? -eq 3")
    stage.service.start()

    stage.weigh(ALL)
    flags = "environments/production/flags?search=colours"
    eventually(lambda: stage.service.call("GET", flags)["items"], "the backfill")
    with closing(stage.store()) as store:
        eventually(lambda: not any(each.left for each in status(store.engine).backfills), "the last batch")
