"""Outcomes through everything: SDKs in processes, an access log, a real service; `own` gives what was told."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from flagsdk import Context, FlagClient
from flagsvc.domain.analysis.measurement import Arm
from flagsvc.domain.analysis.spec import Metric
from flagsvc.metric_sources.own import Own
from flagsvc.store import SqlStore, open_store
from tests.support.edge import Edge
from tests.support.plain import PLAIN
from tests.support.plan_metric import plan_metric
from tests.support.process import Child, mortal
from tests.support.service import Service
from tests.support.snippets import snippets
from tests.support.timing import eventually
from tests.support.tree import ROOT
from tests.system.cluster import ENVIRONMENT, FLAG, SPLIT

PAGE = "docs/outcomes.md"
SCRIPT = ROOT / "examples/outcomes/outcomes_from_log.py"


@contextmanager
def serving() -> Iterator[Service]:
    made = Service({"SAMPLE_DATA": "true"})
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with serving() as made:
        yield made


@pytest.fixture(scope="module")
def token(service: Service) -> str:
    return token_of(service)


@pytest.fixture(scope="module")
def store(service: Service) -> Iterator[SqlStore]:
    with closing(store_of(service)) as made:
        yield made


def token_of(service: Service) -> str:
    body = {"kind": "sdk", "environment": ENVIRONMENT, "name": "outcomes"}
    made: str = service.call("POST", "tokens", body)["document"]["token"]
    return made


def store_of(service: Service) -> SqlStore:
    [path] = service.folder.glob("*.db")
    return open_store(f"sqlite:///{path}", chance=lambda: 0.5)


class Read:
    """What `own` gives of both variants, over everything there is."""

    def __init__(self, store: SqlStore, kind: str, key: str, baseline: str, candidate: str) -> None:
        self._own = Own(store, lambda: float("inf"))
        self._query = {
            "environment": ENVIRONMENT, "kind": kind, "key": key, "baseline": baseline, "candidate": candidate,
        }  # fmt: skip

    def __call__(self, kind: Any = "errors", name: str = "", **members: Any) -> tuple[Arm, Arm]:
        query = self._query | ({"metric": name} if name else {}) | {"since": 0}
        metric = Metric(name="m", kind=kind, source="own", query=query, **members)
        measured = self._own.measure(metric, 0, 2e9 * 2)
        return measured.baseline or Arm(), measured.candidate or Arm()


def worker(service: Service, token: str, first: int, count: int) -> subprocess.Popen[str]:
    words = [*mortal("KILL"), sys.executable, "-m", "tests.system.outcomes_worker", service.url, token]
    return subprocess.Popen([*words, str(first), str(count)], stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_own_gives_exactly_what_two_processes_reported() -> None:
    """Units 40 to 59 have outcomes in both processes, and are the same units all the same."""
    with serving() as service, closing(store_of(service)) as store:
        weights = {"weights": {"on": 40_000, "off": 60_000}}
        service.call("POST", f"environments/{ENVIRONMENT}/flags/{FLAG}/weights", weights)
        token = token_of(service)
        running = [worker(service, token, first, 60) for first in (0, 40)]
        ended = [json.loads(process.communicate(timeout=120)[0]) for process in running]
        of_flag, of_split = Read(store, "flag", FLAG, "off", "on"), Read(store, "split", SPLIT, "stable", "canary")
        did = sum((Counter(each["did"]) for each in ended), Counter[str]())

        eventually(lambda: sum(arm.events for arm in of_split()) == 360, "the last report in the database")

        assert [(each["told"], each["dropped"]) for each in ended] == [(60 * 3 * 4, 0)] * 2
        assert of_flag() == tuple(Arm(events=did[f"{each} events"], bad=did[f"{each} bad"]) for each in ("off", "on"))
        assert [arm.events for arm in of_split()] == [did["stable events"], did["canary events"]]
        slow = of_flag("latency", bound_seconds=0.3)
        assert [(arm.events, arm.bad) for arm in slow] == [(arm.events, arm.bad) for arm in of_flag()]
        assert [arm.total for arm in of_flag("mean", "revenue")] == [did["off revenue"], did["on revenue"]]
        units = of_flag(of="units")
        assert (sum(arm.events for arm in units), sum(arm.bad for arm in units)) == (100, 20)


def test_the_page_s_program_counts_what_it_says(service: Service, token: str, store: SqlStore) -> None:
    of_flag, of_split = Read(store, "flag", FLAG, "off", "on"), Read(store, "split", SPLIT, "stable", "canary")
    before = [sum(arm.events for arm in read) for read in (of_flag(), of_flag("mean", "revenue"), of_split())]
    code = snippets(PAGE)[0].replace("http://127.0.0.1:8080", service.url)
    waiting = 'flags = FlagClient("' + service.url + '", token=token)\n'
    assert waiting in code

    names: dict[str, Any] = {"token": token, "render": lambda shown: None}
    exec(code.replace(waiting, waiting + "assert flags.wait_ready(30)\n"), names)  # noqa: S102 - the page's own
    names["flags"].close()

    eventually(lambda: sum(arm.events for arm in of_split()) == before[2] + 1, "the last report in the database")
    assert sum(arm.events for arm in of_flag()) == before[0] + 3
    assert sum(arm.events for arm in of_flag("mean", "revenue")) == before[1] + 1


def test_the_page_s_post_is_taken_once(service: Service, token: str, store: SqlStore) -> None:
    of_split = Read(store, "split", SPLIT, "stable", "canary")
    before = sum(arm.events for arm in of_split())
    environment = os.environ | {"SERVICE": service.url, "TOKEN": token}

    answers = [
        subprocess.run(["sh", "-c", snippets(PAGE, "sh")[0]], env=environment, capture_output=True, check=True).stdout
        for _ in range(2)
    ]

    assert [json.loads(answer) for answer in answers] == [json.loads(snippets(PAGE, "json")[0]), {"taken": False}]
    assert sum(arm.events for arm in of_split()) == before + 1000


def lines_of_nginx(service: Service) -> list[str]:
    """Have a real nginx with the example's configuration write 40 lines, and let one of them be an error."""
    with Edge([service.port], patient=True) as edge, httpx2.Client(trust_env=False, verify=PLAIN) as browser:
        for number in range(40):
            browser.get(f"http://127.0.0.1:{edge.port}/", headers={"X-User-Id": f"user-{number}"})
        assert isinstance(edge.proxy, Child)
        written = edge.proxy.folder / "access.log"
        eventually(lambda: written.read_text().count("\n") >= 40, "the lines of nginx")
        lines = written.read_text().splitlines(keepends=True)
    lines[3] = lines[3].replace('" 200 ', '" 502 ')
    return lines


@contextmanager
def telling(service: Service, log: Path) -> Iterator[None]:
    """Run the example at a log, from when it stands at its end."""
    url = f"{service.url}/traffic/v1/{ENVIRONMENT}/{SPLIT}/outcomes"
    environment = os.environ | {"FLAGSVC_TOKEN": token_of(service), "PYTHONUNBUFFERED": "1"}
    words = [*mortal("KILL"), sys.executable, str(SCRIPT), str(log), url]
    with subprocess.Popen(words, env=environment) as teller:
        try:
            eventually(lambda: _reads(teller.pid, log), "the program at its log")
            yield
        finally:
            teller.kill()


def test_an_access_log_of_a_real_nginx_is_told_through_a_rotation(
    service: Service, store: SqlStore, tmp_path: Path
) -> None:
    of_split = Read(store, "split", SPLIT, "stable", "canary")
    before, lines, log = of_split(), lines_of_nginx(service), tmp_path / "access.log"
    log.write_text("what was there before is not told\n" + lines[0])

    with telling(service, log):
        with log.open("a") as old:
            old.writelines(lines[:15])
            old.flush()
            log.rename(tmp_path / "access.log.1")
            old.writelines(lines[15:20])
        log.write_text("".join(lines[20:]))
        eventually(lambda: sum(arm.events for arm in of_split()) >= sum(arm.events for arm in before) + 40)

    canary = sum("cohort=canary" in line for line in lines)
    told = [(now.events - then.events, now.bad - then.bad) for now, then in zip(of_split(), before, strict=True)]
    assert [events for events, _ in told] == [40 - canary, canary]
    assert sum(bad for _, bad in told) == 1


def test_the_page_s_metrics_are_ones_that_own_can_read(store: SqlStore) -> None:
    own = Own(store, time.time)
    listed = json.loads(snippets(PAGE, "json")[1])

    assert [metric["source"] for metric in listed] == ["own"] * 3
    for metric in listed:
        assert own.check(plan_metric(metric)) == []


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_fork_and_its_parent_tell_their_own(service: Service, token: str, store: SqlStore) -> None:
    service.call("POST", "flags", {"key": "forked", "type": "boolean"})
    read = Read(store, "flag", "forked", "off", "on")
    with FlagClient(service.url, token=token) as client:
        eventually(lambda: client.get_boolean("forked", default=None) is False, "the flag")
        client.outcome("forked", Context("user-1"))
        pid = os.fork()
        if pid == 0:
            try:
                for number in range(10):
                    client.outcome("forked", Context(f"user-{number}"), ok=False)
                client.wait_ready(30)
                client.close()
            finally:
                os._exit(0)
        os.waitpid(pid, 0)

    eventually(lambda: read()[0].events >= 11, "both in the database")
    time.sleep(0.5)
    assert read()[0] == Arm(events=11, bad=10)


def _reads(pid: int, path: Path) -> bool:
    return any(link.samefile(path) for link in Path(f"/proc/{pid}/fd").iterdir() if link.exists())
