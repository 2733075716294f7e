"""The test servers themselves: really ours, really killed, really frozen, back on the same port."""

import psycopg
import pytest
from redis.exceptions import RedisError

from tests.support.process import NotStarted, program
from tests.support.servers import PostgresServer, RedisServer


def test_redis_is_this_test_process_s_own_and_empty(redis_url: str, shared_redis: RedisServer) -> None:
    with shared_redis.client() as client:
        assert client.dbsize() == 0
        assert client.info("server")["process_id"] == shared_redis.pid


def test_a_killed_redis_is_gone_and_comes_back_on_its_port_without_its_data(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.set("a", "1")
        redis_server.kill()

        with pytest.raises(RedisError):
            client.ping()

        redis_server.start()
        assert client.get("a") is None


def test_a_paused_redis_accepts_connections_and_does_not_answer(redis_server: RedisServer) -> None:
    redis_server.pause()
    with redis_server.client() as client, pytest.raises(RedisError, match=r"(?i)timeout|timed out"):
        client.ping()

    redis_server.resume()
    with redis_server.client() as client:
        assert client.ping()


def test_every_test_gets_its_own_empty_database(postgres_database_url: str) -> None:
    with psycopg.connect(postgres_database_url) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()

    assert row == (0,)


def test_a_killed_postgres_comes_back_with_its_data(postgres_server: PostgresServer) -> None:
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("CHECKPOINT")
    postgres_server.kill()
    postgres_server.start()

    with psycopg.connect(postgres_server.url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_a_missing_program_is_a_failure_that_says_what_to_do() -> None:
    with pytest.raises(NotStarted, match="make test"):
        program("no-such-program")
