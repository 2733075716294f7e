"""A deployment that a smoke test can be let loose on: PostgreSQL, Redis, two replicas; and what it may not leave."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg

from tests.support.servers import PostgresServer, RedisServer
from tests.support.service import Service

QUICK = {"POLL_SECONDS": "0.2", "RECONCILE_SECONDS": "0.5", "DATABASE_PATIENCE_SECONDS": "1", "SAMPLE_DATA": "true"}
ENVIRONMENT = "staging"
REFUSE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'cannot execute INSERT in a read-only transaction' USING ERRCODE = '25006'; END $$
"""


class Deployment:
    """The servers; all of them run."""

    def __init__(self, postgres: PostgresServer, redis: RedisServer, first: Service, second: Service) -> None:
        self.postgres = postgres
        self.redis = redis
        self.first = first
        self.second = second

    @property
    def words(self) -> list[str]:
        """Arguments of a smoke test of all of it; the machine of the tests may be slow, which health says."""
        return [self.first.url, "--also", self.second.url, "--redis", self.redis.url, "--allow-degraded"]

    def visible(self) -> list[str]:
        """Name what smoke tests have left where people and SDKs see it: flags, and tokens that are still good."""
        flags = self.first.call("GET", "flags?limit=200")["items"]
        tokens = self.first.call("GET", "tokens?limit=200&state=valid")["items"]
        names = [each["key"] for each in flags] + [each["name"] for each in tokens]
        return [name for name in names if name.startswith("smoke-")]

    def revisions(self) -> dict[str, int]:
        """Where each environment is."""
        held = self.first.call("GET", "system")["snapshot"]
        return {name: each["revision"] for name, each in held.items()}

    @contextmanager
    def only_read(self) -> Iterator[None]:
        """Have the database refuse every write with the words and the code of a standby that nobody promoted."""
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            connection.execute(REFUSE)
            connection.execute("CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON tokens EXECUTE FUNCTION refuse()")
            try:
                yield
            finally:
                connection.execute("DROP FUNCTION refuse CASCADE")

    @contextmanager
    def stuck(self) -> Iterator[None]:
        """Freeze Redis: what is written goes no further, and whoever waits for it there goes on waiting."""
        self.redis.pause()
        try:
            yield
        finally:
            self.redis.resume()

    def tidy(self) -> None:
        """Take away by hand what a smoke test could not."""
        for each in self.first.call("GET", "tokens?limit=200&state=valid")["items"]:
            if each["name"].startswith("smoke-"):
                self.first.call("DELETE", f"tokens/{each['id']}")


@contextmanager
def deployed() -> Iterator[Deployment]:
    """Start everything, and end it."""
    with ExitStack() as stack:
        postgres, redis = PostgresServer(), RedisServer()
        for server in (postgres, redis):
            stack.callback(server.close)
            server.start()
        settings = {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url, **QUICK}
        replicas = [Service(settings) for _ in range(2)]
        for replica in replicas:
            stack.callback(replica.close)
            replica.start()
        yield Deployment(postgres, redis, *replicas)
