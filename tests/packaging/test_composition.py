"""The composition, run without an engine: its commands, environments, secrets and files on real servers.

Names of services become addresses of this machine, and places in a container become copies in a folder; nothing else
is changed. PostgreSQL, Redis (for Valkey), nginx and Prometheus are those of this machine, not those of the images.
"""

import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx2
import psycopg
import pytest

from tests.packaging.composition import SECRETS, Part, image_environment, read
from tests.support.plain import PLAIN
from tests.support.process import Child, free_port, listens, mortal, ordinary, program, work_folder
from tests.support.servers import PostgresServer
from tests.support.timing import eventually
from tests.support.tree import ROOT

pytestmark = pytest.mark.servers

COMPOSE = read("compose/compose.yaml")
POLL_SECONDS = 1.0
BIN = Path(sys.executable).parent
PROGRAMS = {"valkey-server": "redis-server", "python": sys.executable, "flagsvc": str(BIN / "flagsvc")}
NAMES = ("valkey:6379", "flagsvc-1:8080", "flagsvc-2:8080", "shop-stable:9001", "shop-canary:9001", "nginx:8081")
PLACED = re.compile("|".join(f"(?<![a-z0-9-]){name}" for name in (*NAMES, "postgres:5432", "prometheus:9090")))


class Running(Child):
    """One service of the composition; ready when it listens on its port."""

    def begin(self, command: list[str], environment: Mapping[str, str], port: int) -> None:
        """Start it as an ordinary user would."""
        self.spawn([*mortal("KILL"), *command], lambda: listens(self.pid, port), environment)


@dataclass
class World:
    """Where everything is: `ports` by the address that the composition knows, `folder` for what is mounted."""

    stack: ExitStack
    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    started: dict[str, Running] = field(default_factory=dict)

    def placed(self, text: str, part: Part | None = None) -> str:
        """Give a text with this machine's addresses and places."""
        text = PLACED.sub(lambda found: f"127.0.0.1:{self.ports[found[0]]}", text)
        for mount in part.mounts if part else ():
            text = text.replace(mount["target"], str(self._mounted(mount["source"])))
        return text.replace(SECRETS, f"{self.folder}/secrets/")

    def environment(self, part: Part, **more: str) -> dict[str, str]:
        """Give what the service sees: the image's, the file's, and nothing of ours but the places of this Python."""
        image = {**image_environment(), "PATH": f"{BIN}:/usr/sbin:/usr/bin:/bin"} if part.is_ours else {}
        named = {name: self.placed(value, part) for name, value in part.environment.items()}
        if "PYTHONPATH" in named:
            named["PYTHONPATH"] = str(ROOT)  # examples/ is mounted below it
        return {**image, **named, "HOME": "/", **more}

    def start(self, name: str, address: str, *options: str, **more: str) -> Running:
        """Start a service by its own command, and further options where the machine needs them."""
        part, port = COMPOSE[name], self.ports[address]
        command = [self.placed(word, part) for word in part.command]
        command[0] = program(PROGRAMS.get(command[0], command[0]))
        running = Running(name)
        self.stack.callback(running.close)
        running.begin([*command, *options], self.environment(part, **more), port)
        self.started[name] = running
        return running

    def healthy(self, name: str, **more: str) -> bool:
        """Run the check of health that the service has."""
        kind, *words = COMPOSE[name].check
        assert kind in {"CMD", "CMD-SHELL"}
        done = subprocess.run(
            words if kind == "CMD" else ["sh", "-c", words[0]],
            env=self.environment(COMPOSE[name], **more), capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        return done.returncode == 0

    def _mounted(self, source: str) -> Path:
        """Copy a file that is mounted, with this machine's addresses in it."""
        origin = (COMPOSE.folder / source).resolve()
        if origin.is_dir():
            return origin
        target = self.folder / origin.name
        target.write_text(self.placed(origin.read_text()))
        return target


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Everything but Prometheus and Grafana, started in the order in which it waits for one another."""
    with ExitStack() as stack:
        folder = work_folder("composition")
        folder.chmod(0o755)
        world = World(stack, folder)
        secrets = folder / "secrets"
        subprocess.run(["sh", str(COMPOSE.folder / "secrets.sh"), str(secrets)], check=True)
        secrets.chmod(0o755)
        world.ports |= {name: free_port() for name in NAMES} | {"prometheus:9090": free_port()}
        _database(world)
        for name in ("database_url", "redis_url", "shop_redis_url"):
            (secrets / name).write_text(world.placed((secrets / name).read_text()))
        _valkey(world)
        _migrate(world)
        for number in (1, 2):
            _replica(world, f"flagsvc-{number}")
        for name in ("shop-stable", "shop-canary"):
            port = world.ports[f"{name}:9001"]
            world.start(name, f"{name}:9001", "--host", "127.0.0.1", "--port", str(port))
        _nginx(world)
        yield world


def _database(world: World) -> None:
    server = PostgresServer()
    world.stack.callback(server.close)
    server.start()
    settings = COMPOSE["postgres"].environment
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {settings['POSTGRES_USER']} LOGIN".encode())
        connection.execute(f"CREATE DATABASE {settings['POSTGRES_DB']} OWNER {settings['POSTGRES_USER']}".encode())
    world.ports["postgres:5432"] = server.port


def _valkey(world: World) -> None:
    port = world.ports["valkey:6379"]
    (world.folder / "secrets").chmod(0o755)
    world.start("valkey", "valkey:6379", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(world.folder))


def _migrate(world: World) -> None:
    part = COMPOSE["migrate"]
    state = partial(_flagsvc, world, ["flagsvc", "db", "current"])
    assert state().stdout == "empty\n"
    done = _flagsvc(world, part.command)
    assert (done.returncode, done.stdout) == (0, "current\n"), done.stderr
    assert _flagsvc(world, part.command).stdout == "current\n"  # again, as after every `up`


def _flagsvc(world: World, command: list[str]) -> subprocess.CompletedProcess[str]:
    words = [str(BIN / command[0]), *command[1:]]
    given = world.environment(COMPOSE["migrate"])
    return subprocess.run(words, env=given, capture_output=True, text=True, check=False, timeout=120)


def _replica(world: World, name: str) -> None:
    port = world.ports[f"{name}:8080"]
    proxies = {"FLAGSVC_TRUSTED_PROXIES": "127.0.0.1"}  # where nginx is here
    world.start(name, f"{name}:8080", FLAGSVC_HOST="127.0.0.1", FLAGSVC_PORT=str(port), **proxies)
    eventually(lambda: _get(port, "/health/ready").status_code == 200, f"{name}, ready")


def _nginx(world: World) -> None:
    """Start it with what is mounted; its folder and its place for the log are the machine's own."""
    (mount,) = COMPOSE["nginx"].mounts
    port = world.ports["nginx:8081"]
    running = Running("nginx")
    world.stack.callback(running.close)
    text = world.placed((COMPOSE.folder / mount["source"]).read_text()).replace("listen 8081", f"listen {port}")
    # Fifty milliseconds are the promise of the edges' own tests; here a busy machine must not decide.
    text = text.replace("access_log /dev/stdout", "access_log access.log").replace("_timeout 50ms", "_timeout 5s")
    (running.folder / "edge.conf").write_text(text)
    places = {"/run/edge": str(running.folder), mount["target"]: f"{running.folder}/edge.conf"}
    words = [places.get(word, word) for word in COMPOSE["nginx"].command]
    command = [*ordinary("TERM"), program(words[0]), *words[1:]]
    running.spawn(command, lambda: listens(running.pid, port))
    world.started["nginx"] = running


def _get(port: int, path: str, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.get(f"http://127.0.0.1:{port}{path}", headers=named, trust_env=False, verify=PLAIN, timeout=30)


def _found(port: int) -> set[str]:
    checks = _get(port, "/health").json()["checks"]
    return {checks[part]["status"] for part in ("database", "redis")}


def _visits(world: World, count: int = 60) -> list[httpx2.Response]:
    port = world.ports["nginx:8081"]
    with httpx2.Client(trust_env=False, verify=PLAIN, timeout=30) as client:
        return [client.get(f"http://127.0.0.1:{port}/", headers={"X-User-Id": f"user-{n}"}) for n in range(count)]


def test_both_replicas_are_healthy_with_database_and_redis_and_know_every_setting(world: World) -> None:
    for name in ("flagsvc-1", "flagsvc-2"):
        port = world.ports[f"{name}:8080"]
        eventually(lambda port=port: _found(port) == {"ok"}, f"database and Redis of {name}")  # type: ignore[misc]  # bound

        # The place that the image declares for SQLite is a megabyte of memory here: nobody may miss room in it.
        assert _get(port, "/health").json()["checks"]["disk"]["status"] == "off"
        assert world.healthy(name, FLAGSVC_PORT=str(port))
        assert "is not a setting" not in world.started[name].output()


def test_the_check_of_health_of_valkey_tells_life_from_death(world: World) -> None:
    script = COMPOSE["valkey"].check[1].replace("valkey-cli", f"{program('redis-cli')} -p PORT")

    codes = [
        subprocess.run(["sh", "-c", script.replace("PORT", str(port))], capture_output=True, check=False).returncode
        for port in (world.ports["valkey:6379"], free_port())
    ]

    assert codes == [0, 1]


@pytest.mark.parametrize("user", ["default", "shop", "flagsvc"])
def test_nobody_in_valkey_may_do_more_than_they_need(world: World, user: str) -> None:
    asked = {"default": [], "shop": ["shop_redis_url"], "flagsvc": ["redis_url"]}[user]
    words = [program("redis-cli"), "-p", str(world.ports["valkey:6379"])]
    words += ["-u", (world.folder / "secrets" / asked[0]).read_text()] if asked else []

    done = subprocess.run([*words, "CONFIG", "GET", "dir"], capture_output=True, text=True, check=False)

    assert "NOPERM" in done.stdout + done.stderr


def _give_the_canary(world: World, weight: int) -> None:
    token = (world.folder / "secrets" / "admin_token").read_text()
    url = f"http://127.0.0.1:{world.ports['flagsvc-1:8080']}/api/v1/environments/production/splits/checkout/weights"
    body = {"weights": {"canary": weight, "stable": 100_000 - weight}}
    answer = httpx2.post(
        url, json=body, headers={"Authorization": f"Bearer {token}"}, trust_env=False, verify=PLAIN, timeout=30
    )
    assert answer.status_code == 200
    eventually(lambda: {page.headers["x-version"] for page in _visits(world, 40)} == {"v1", "v2"}, "both versions")


def test_nginx_sends_each_visitor_to_the_shop_of_their_cohort_and_the_shop_agrees(world: World) -> None:
    _give_the_canary(world, 40_000)

    # The flag shares its salt with the split: with 30 % of the flag inside of 40 % of the split, v2 has all who see it.
    eventually(lambda: any(page.headers["x-features"] for page in _visits(world)), "the shops' flags, over Redis")
    seen = [page.headers["x-version"] for page in _visits(world) if page.headers["x-features"] == "new-checkout"]
    assert set(seen) == {"v2"}


def test_visitors_come_for_a_bounded_time_and_say_what_they_got(world: World) -> None:
    part = COMPOSE["traffic"]
    host, port = part.command[3:5]
    words = [str(BIN / "python"), *part.command[1:3], "127.0.0.1", str(world.ports[f"{host}:{port}"])]

    done = subprocess.run(
        [*words, "--per-second", "20", "--seconds", "2"],
        cwd=world.folder, env=world.environment(part), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"\d+ visits, 0 unanswered; now .+", done.stdout.strip()), done.stdout


def test_prometheus_scrapes_all_that_the_composition_names(world: World) -> None:
    port = world.ports["prometheus:9090"]
    text = world.placed((COMPOSE.folder / "prometheus.yml").read_text())
    running = Running("prometheus")
    world.stack.callback(running.close)
    (running.folder / "prometheus.yml").write_text(re.sub(r"rule_files: .*\n", "", text))
    options = ["--config.file=prometheus.yml", "--storage.tsdb.path=data", f"--web.listen-address=127.0.0.1:{port}"]
    words = [*ordinary("KILL"), program("prometheus"), *options, "--log.level=error"]
    running.spawn(words, lambda: listens(running.pid, port))

    def up() -> dict[str, int]:
        answer = _get(port, "/api/v1/query?query=sum(up)by(job)").json()["data"]["result"]
        return {row["metric"]["job"]: int(row["value"][1]) for row in answer}

    eventually(lambda: up() == {"flagsvc": 2, "shop": 2}, "four targets that are up")


def test_visitors_stay_where_they_are_while_one_replica_is_away(world: World) -> None:
    _give_the_canary(world, 40_000)
    time.sleep(2 * POLL_SECONDS)  # until the other replica has it, too
    before = [page.headers["x-version"] for page in _visits(world)]
    try:
        world.started["flagsvc-1"].stop(seconds=60)
        meanwhile = [page.headers["x-version"] for page in _visits(world)]
    finally:
        _replica(world, "flagsvc-1")

    moved = sum(one != other for one, other in zip(before, meanwhile, strict=True))
    assert moved <= 3, "nginx asked the one that was away again and again"


def test_the_services_end_politely_and_users_of_a_dead_service_get_stable(world: World) -> None:
    names = ("flagsvc-1", "flagsvc-2")
    try:
        with ThreadPoolExecutor() as pool:
            codes = list(pool.map(lambda name: world.started[name].stop(seconds=60), names))
        versions = {page.headers["x-version"] for page in _visits(world, 20)}
    finally:
        for name in names:
            _replica(world, name)

    assert codes == [0, 0]
    assert versions == {"v1"}
