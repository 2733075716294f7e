"""The distributions as they would be published: `make dist`.

Builds sdist and wheel of both into dist/, each wheel from its sdist, from a copy of what Git knows. Then installs them
where there is nothing else, away from the checkout, and uses them: schema, service, console, commands; and the SDK by
itself. Exits with 1 when something does not hold.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.process import free_port
from tests.support.timing import eventually
from tests.support.tree import ROOT

SDK_PACKAGES = ("google-re2", "mmh3", "redis", "urllib3")
IMPORT_MILLISECONDS = 80.0
TRIES = 15
SECONDS_MOST = 900


def main() -> int:
    """Build, unless told not to, and check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check-only", action="store_true", help="check what is in dist/ already")
    options = parser.parse_args()
    target = ROOT / "dist"
    with tempfile.TemporaryDirectory(prefix="flagsvc-dist-") as name:
        folder = Path(name)
        if not options.check_only:
            shutil.rmtree(target, ignore_errors=True)
            build(copied(folder / "source"), target)
        wheels = {wheel.name.partition("-")[0]: wheel for wheel in target.glob("*.whl")}
        check_service(folder / "service", wheels)
        milliseconds = check_sdk(folder / "sdk", wheels["flagsdk"])
    say(f"import flagsdk: {milliseconds:.0f} ms (median of {TRIES}; at most {IMPORT_MILLISECONDS:.0f})")
    return int(milliseconds > IMPORT_MILLISECONDS)


def copied(into: Path) -> Path:
    """Copy what Git would give to somebody who clones, as it is now."""
    for name in filter(None, run("git", "ls-files", "-z").split("\0")):
        if (ROOT / name).is_file():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, into / name)
    return into


def build(source: Path, target: Path, **environment: str) -> None:
    """Build both distributions of a source tree into a folder."""
    for place in (source / "sdk", source):
        run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(target), cwd=place, **environment)
        newest = max(target.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
        unpacked = source.parent / f"unpacked-{newest.name}"
        shutil.unpack_archive(newest, unpacked, filter="data")
        [inner] = unpacked.iterdir()
        run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target), cwd=inner, **environment)
    for made in sorted(target.iterdir()):
        say(f"{made.name}  {made.stat().st_size:,} bytes")


def check_service(folder: Path, wheels: Mapping[str, Path]) -> None:
    """Install everything into an environment of its own and use it; raises at the first thing that does not hold."""
    python = environment_of(folder, ROOT / "requirements" / "run.txt", list(wheels.values()))
    flagsvc, flagctl = (str(python.with_name(name)) for name in ("flagsvc", "flagctl"))
    version = str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])
    demand(version in run(flagsvc, "version", cwd=folder), "flagsvc says another version")
    port, token = free_port(), "a-token-for-the-check-of-wheels"
    settings = {"DATA_DIR": str(folder / "data"), "PORT": str(port), "HOST": "127.0.0.1", "ADMIN_TOKEN": token}
    given = {f"FLAGSVC_{name}": value for name, value in (settings | {"DRAIN_SECONDS": "0"}).items()}
    run(flagsvc, "db", "upgrade", cwd=folder, **given)
    with serving([flagsvc, "serve"], folder, given):
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: reached(f"{url}/health/ready"), "a service that is ready")
        console = read(f"{url}/admin")
        demand('id="root"' in console, "the wheel has no console")
        found = run(flagctl, "api", "GET", "/api/v1/flags", cwd=folder, FLAGSVC_URL=url, FLAGSVC_TOKEN=token)
        demand('"items"' in found, "flagctl does not reach the service")
    say("flagsvc: schema, service, console and flagctl work, installed away from the checkout")


def check_sdk(folder: Path, wheel: Path) -> float:
    """Install the SDK's wheel by itself; gives the milliseconds of its import."""
    pins = folder.with_suffix(".txt")
    pins.write_text("".join(pinned(SDK_PACKAGES, (ROOT / "requirements" / "run.txt").read_text())))
    python = environment_of(folder, pins, [wheel])
    listed = run(str(python), "-m", "pip", "list", "--format=freeze", "--exclude=pip", "--exclude=setuptools")
    names = {line.partition("==")[0] for line in listed.split()}
    demand(names == {"flagsdk", *SDK_PACKAGES}, f"the SDK comes with {sorted(names)}")
    run(str(python), "-c", "import importlib.util as u; assert not u.find_spec('flagsvc')", cwd=folder)
    imports, bare = (
        statistics.median(timed(str(python), text, folder) for _ in range(TRIES)) for text in ("import flagsdk", "pass")
    )
    say(f"flagsdk: comes with {', '.join(SDK_PACKAGES)} and nothing else")
    return (imports - bare) * 1000


def environment_of(folder: Path, pins: Path, wheels: Sequence[Path]) -> Path:
    """Make an environment with the pinned packages and these wheels; gives its Python."""
    run(sys.executable, "-m", "venv", str(folder))
    python = folder / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    run(*install, "--require-hashes", "-r", str(pins))
    run(*install, "--no-index", *map(str, wheels))
    return python


def pinned(names: Sequence[str], text: str) -> Iterator[str]:
    """Take the entries of some packages, hashes included, out of a requirement file."""
    wanted = False
    for line in text.splitlines(keepends=True):
        if not line.startswith(" "):
            wanted = line.partition("==")[0] in names
        if wanted:
            yield line


def timed(python: str, program: str, folder: Path) -> float:
    """Run a program; gives the seconds that it took."""
    began = time.perf_counter()
    run(python, "-c", program, cwd=folder)
    return time.perf_counter() - began


@contextmanager
def serving(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Run a service for the block, and end it politely."""
    with (folder / "service.log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env={**clean(), **environment}, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        code = process.wait(60)
    demand(code == 0, f"the service ended with {code}")


def run(*command: str, cwd: Path = ROOT, **environment: str) -> str:
    """Run a command to its end; gives what it printed, raises with that when it fails."""
    done = subprocess.run(
        command, cwd=cwd, env={**clean(), **environment}, capture_output=True, text=True, check=False,
        timeout=SECONDS_MOST,
    )  # fmt: skip
    demand(done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
    return done.stdout


def demand(holds: object, otherwise: str) -> None:
    """End with an error when something does not hold."""
    if not holds:
        raise SystemExit(f"error: {otherwise}")


def clean() -> dict[str, str]:
    """Give this process's environment without what would lead back to the checkout."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "FLAGSVC"))} | {
        "PATH": path
    }


def read(url: str) -> str:
    """Ask without a proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        return str(answer.read().decode())


def reached(url: str) -> bool:
    """Whether it answers with success."""
    try:
        return bool(read(url))
    except OSError:
        return False


def say(line: str) -> None:
    """Print at once."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
