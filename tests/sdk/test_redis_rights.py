"""The users that docs/redis.md sets up can do exactly what is needed: less does not work, more they may not."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from redis.exceptions import NoPermissionError

from flagsdk.redis_link import parse
from flagsdk.redis_link.connecting import Limits, Links
from flagsdk.sources import SourceFault, open_source
from flagsdk.wire import names
from flagsvc.publisher import RedisPublisher
from flagsvc.runner.redis_client import links
from tests.publisher.database import Database, flag
from tests.support.redis_nodes import Cluster, RedisNode, Sentinels, running

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("_impatient")]

PAGE = Path(__file__).parents[2] / "docs" / "redis.md"
RULES = {line.split()[2]: line.split()[3:] for line in PAGE.read_text().splitlines() if line.startswith("ACL SETUSER")}
PASSWORD = "p@ss/word"  # noqa: S105 - of nobody
META, DOCUMENTS, CHANGES = names("production")


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flagsdk.sources.redis.BLOCK_SECONDS", 0.05)


@pytest.fixture(scope="module")
def node() -> Iterator[RedisNode]:
    with running(RedisNode()) as made:
        yield made


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path)
    made.write({"flag/a": flag("a"), "flag/b": flag("b")})
    yield made
    made.close()


def let_in(node: RedisNode, user: str, *more: str, without: str = "") -> None:
    """Set the user up as the page says, but for one right."""
    rules = [rule.replace("PASSWORD", PASSWORD) for rule in RULES[user] if rule != without]
    node.ask("ACL", "SETUSER", user, "reset", *rules, *more)


def as_user(url: str, user: str) -> str:
    return url.replace("://", f"://{user}:{redis_quoted(PASSWORD)}@", 1)


def redis_quoted(text: str) -> str:
    return text.replace("@", "%40").replace("/", "%2F")


def read(url: str) -> int:
    """Do all that a source does; gives the revision."""
    source = open_source(as_user(url, "flagsdk"), environment="production")
    try:
        whole = source.load()
        assert source.follow(whole.position) == []
        return whole.revision
    finally:
        source.close()


def published(url: str, database: Database, node: RedisNode) -> bool:
    """Do all that the service does: write anew, append, remove a document, compare and stamp or leave alone, listen."""
    times = itertools.count(1_700_000_000, 60)
    publisher = RedisPublisher(as_user(url, "flagsvc"), database.store, now=lambda: float(next(times)))
    steady = RedisPublisher(as_user(url, "flagsvc"), database.store, now=lambda: 1_900_000_000.0)
    runner = links(as_user(url, "flagsvc"))
    node.ask("DEL", META, DOCUMENTS, CHANGES)
    try:
        good = publisher.turn()
        database.write({"flag/c": flag("c")})
        database.write({"flag/c": None})
        good = publisher.turn() and good
        good = publisher.turn() and good
        good = steady.turn() and good
        good = steady.turn() and good  # the stamp is fresh: nothing is written, and the watch given up
        listening = runner.to("production")
        return good and bool(listening.ping()) and bool(listening.xread({CHANGES: "0"}))
    except redis.RedisError:
        return False
    finally:
        publisher.close()
        steady.close()
        runner.disconnect()


def commands(user: str) -> list[str]:
    return [rule for rule in RULES[user] if rule.startswith("+")]


def test_the_documented_users_are_enough(node: RedisNode, database: Database) -> None:
    let_in(node, "flagsvc")
    let_in(node, "flagsdk")
    url = f"redis://127.0.0.1:{node.port}"

    assert published(url, database, node)
    assert read(url) == database.head().revision


def test_another_database_takes_one_right_more(node: RedisNode, database: Database) -> None:
    let_in(node, "flagsvc", "+select")
    let_in(node, "flagsdk")
    url = f"redis://127.0.0.1:{node.port}/3"
    assert published(url, database, node)

    with pytest.raises(SourceFault, match="select"):
        read(url)
    let_in(node, "flagsdk", "+select")
    assert read(url) == database.head().revision


@pytest.mark.parametrize("right", commands("flagsdk"))
def test_a_reader_needs_each_of_its_rights(node: RedisNode, database: Database, right: str) -> None:
    let_in(node, "flagsvc")
    let_in(node, "flagsdk", without=right)
    url = f"redis://127.0.0.1:{node.port}"
    assert published(url, database, node)

    with pytest.raises(SourceFault):
        read(url)


@pytest.mark.parametrize("right", commands("flagsvc"))
def test_the_service_needs_each_of_its_rights(node: RedisNode, database: Database, right: str) -> None:
    let_in(node, "flagsvc", without=right)

    assert not published(f"redis://127.0.0.1:{node.port}", database, node)


@pytest.mark.parametrize(
    "harm",
    [
        lambda client: client.hset(META, "revision", "9"),
        lambda client: client.hgetall(names("staging").meta),
        lambda client: client.get("session"),
        lambda client: client.keys(),
        lambda client: client.eval("return 1", 0),
        lambda client: client.config_get("*"),
        lambda client: client.publish("news", "x"),
    ],
)
def test_a_reader_can_do_nothing_else(node: RedisNode, harm: Callable[[redis.Redis], object]) -> None:
    let_in(node, "flagsdk")

    with redis.Redis(port=node.port, username="flagsdk", password=PASSWORD) as client, pytest.raises(NoPermissionError):
        harm(client)


def test_a_cluster_takes_one_right_more(database: Database) -> None:
    with running(Cluster()) as cluster:
        for each in cluster.nodes:
            let_in(each, "flagsvc", "+cluster|slots")
            let_in(each, "flagsdk")
        assert published(cluster.url, database, cluster.owner(META))

        with pytest.raises(SourceFault, match="cluster"):
            read(cluster.url)
        for each in cluster.nodes:
            let_in(each, "flagsdk", "+cluster|slots")
        assert read(cluster.url) == database.head().revision


def test_sentinels_have_users_of_their_own(database: Database) -> None:
    user = " ".join(["user lookup", *RULES["lookup"]]).replace("PASSWORD", "asks")
    with running(Sentinels(user, "requirepass closed")) as made:
        master = made.master()
        let_in(master, "flagsvc")
        let_in(master, "flagsdk")
        login = f"{made.url}?sentinel_username=lookup&sentinel_password=asks"

        assert published(login, database, master)
        assert read(login) == database.head().revision
        with pytest.raises(SourceFault, match=r"NOAUTH|Authentication"):
            read(made.url)


def test_the_name_of_a_connection_is_told_where_that_is_allowed(node: RedisNode) -> None:
    let_in(node, "flagsdk", "+client|setname", "+client|getname")
    address = parse(as_user(f"redis://127.0.0.1:{node.port}", "flagsdk"))
    made = Links(address, Limits(1, 1), "flagsdk")

    assert made.to("production").client_getname() == "flagsdk"
    made.disconnect()
