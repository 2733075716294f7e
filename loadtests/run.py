"""Load tests by locust, and the verdict on their budgets: `python -m loadtests.run PROFILE… --quick | --full`.

Profiles: evaluating, asking, streaming, editing, mixed, or all. A service of our own is started on loopback, with a
bare Starlette route beside it; `--host URL` goes to one that runs, which has to be loopback, too, unless you say
`--yes-i-own-this-host`. Exits with 1 when a budget is missed, or a request failed. `--write` puts a full run's results
into docs/benchmarks.md.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from benchmarks.host import Processor
from benchmarks.pauses import Sleeper
from benchmarks.run import PAGE, machine, replaced
from loadtests import budgets, records
from loadtests.plan import VARIABLE, Plan, Stage
from loadtests.profiles import PROFILES, planned
from loadtests.records import Record
from loadtests.report import faults, table, verdict
from loadtests.target import Target, is_loopback, own, prepared

ROOT = Path(__file__).parent.parent
FLAGS = {False: 25, True: 200}
INTERRUPTED = 130
SPARE_SECONDS = 60.0
"""For locust to start and to end, on a busy machine, beyond what its stages take."""


def main() -> int:
    """Run the profiles, and print what was seen and the verdict."""
    options = _options()
    names = list(PROFILES) if "all" in options.profiles else options.profiles
    before = Processor.now()
    try:
        with _target(options) as target:
            with Sleeper() as sleeper:
                seen = _run(target, planned(names, full=options.full, bare=bool(target.bare)))
            return _judge(options, names, seen, host(before, sleeper.longest))
    except httpx2.HTTPError as error:
        sys.exit(f"{options.host or 'the service'}: {error}; what was made there for the load may be left")
    except KeyboardInterrupt:
        return INTERRUPTED


def host(before: Processor, pause: float) -> str:
    """Say what the machine was like meanwhile; `pause` is in seconds."""
    return (
        f"load of the machine {os.getloadavg()[0]:.1f} in the last minute; the host took {before.stolen_since():.0%} "
        f"of it, and let everything wait for {pause * 1000:.0f} ms once"
    )


def _judge(options: argparse.Namespace, names: Sequence[str], seen: list[Record], meanwhile: str) -> int:
    """Print what was seen and the verdict, before anything is taken down: that may fail, too."""
    findings = list(budgets.judged(budgets.load(), seen, names, full=options.full))
    lines = [*table(seen), meanwhile]
    print("\n".join(lines))
    print("\n".join([*faults(seen), *verdict(findings)]), flush=True)
    missed = any(each.standing == "missed" for each in findings)
    if options.write and options.full:
        _keep(render(options.profiles, lines, list(verdict(findings))))
    return int(missed)


def render(profiles: Sequence[str], lines: Sequence[str], said: Sequence[str]) -> str:
    """Give the results as Markdown: the machine first, then the table and the verdict."""
    output = "\n".join([*lines, *said])
    command = f"`python -m loadtests.run {' '.join(profiles)} --full`"
    return f"{command}, {datetime.now(UTC):%Y-%m-%d}; {machine()}.\n\n```text\n{output}\n```"


def _keep(text: str) -> None:
    """Put the block into its place on the page; print it where the page has none: a long run is not to be lost."""
    try:
        PAGE.write_text(replaced(PAGE.read_text(), "load", text, by="make load"))
    except ValueError as error:
        print(f"\n{error}; the block:\n\n{text}")


def _run(target: Target, stages: tuple[Stage, ...]) -> list[Record]:
    """Have locust go through the stages in a process of its own, which patches what it needs for gevent."""
    with tempfile.TemporaryDirectory(prefix="flagsvc-load-") as folder:
        results, plan = Path(folder) / "results.json", Path(folder) / "plan.json"
        Plan(
            stages=stages, url=target.url, bare=target.bare, environment=target.environment, flags=target.flags,
            split=target.split, admin_token=target.admin_token, sdk_token=target.sdk_token, results=str(results),
            pids=target.pids,
        ).write(plan)  # fmt: skip
        command = [sys.executable, "-m", "locust", "--headless", "-f", "loadtests/locustfile.py"]
        command += ["--only-summary", "--loglevel", "WARNING", "--exit-code-on-error", "0", "--stop-timeout", "2"]
        environment = {**os.environ, VARIABLE: str(plan), "PYTHONPATH": str(ROOT)}
        seconds = sum(stage.seconds for stage in stages) + SPARE_SECONDS
        done = subprocess.run(
            command, cwd=ROOT, env=environment, timeout=seconds, capture_output=True, text=True, check=False
        )
        if done.returncode or not results.exists():
            raise SystemExit(f"locust ended with {done.returncode}:\n{done.stderr[:3000]}")
        return records.read(results)


@contextmanager
def _target(options: argparse.Namespace) -> Iterator[Target]:
    if not options.host:
        with own(FLAGS[options.full], large=options.full) as target:
            yield target
        return
    token = os.environ.get("FLAGSVC_TOKEN") or sys.exit("FLAGSVC_TOKEN has to hold an admin token of that service")
    with prepared(options.host.rstrip("/"), token, options.environment, FLAGS[options.full]) as target:
        yield target


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("profiles", nargs="+", choices=[*PROFILES, "all"], metavar="PROFILE")
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--quick", action="store_false", dest="full", help="some seconds, few users; no times judged")
    length.add_argument("--full", action="store_true", help="minutes, up to 64 users; every budget judged")
    parser.add_argument("--host", default="", help="a service that runs already; its admin token in FLAGSVC_TOKEN")
    parser.add_argument("--environment", default="development", help="of --host: where flags are made for it")
    parser.add_argument("--yes-i-own-this-host", action="store_true", help="--host may be elsewhere than on loopback")
    parser.add_argument("--write", action="store_true", help="put the results of a full run into docs/benchmarks.md")
    options = parser.parse_args()
    if options.host and not is_loopback(options.host) and not options.yes_i_own_this_host:
        parser.error(f"{options.host} is not this machine: load only what is yours, and say --yes-i-own-this-host")
    return options


if __name__ == "__main__":
    sys.exit(main())
