"""Run every benchmark, show what it prints, and keep it in docs/benchmarks.md with command, machine and date."""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.host import Processor

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- results: written by `make bench` -->", "<!-- end of results -->"
BENCHMARKS = {
    "evaluation": "Evaluation, snapshots and changes",
    "http": "HTTP hot paths",
    "propagation": "From an admin write to the decision of an SDK",
}


def main() -> int:
    """Return 1 when a benchmark could not run; then the page is left alone."""
    results, before = {}, Processor.now()
    for name in BENCHMARKS:
        print(f"==> benchmarks.{name}", flush=True)
        result = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
        )
        print(result.stdout, flush=True)
        if result.returncode:
            return 1
        results[name] = "\n".join(line.rstrip() for line in result.stdout.strip("\n").splitlines())
    PAGE.write_text(replaced(PAGE.read_text(), render(results, round(100 * before.stolen_since()))))
    return 0


def render(results: dict[str, str], stolen: int) -> str:
    """Give the results as Markdown: the machine first, then each benchmark's own words."""
    disturbance = f"; of the processor time that was wanted, the host gave {stolen} % to others" if stolen else ""
    parts = [f"`make bench`, {datetime.now(UTC):%Y-%m-%d}; {machine()}{disturbance}."]
    for name, output in results.items():
        parts.append(f"### {BENCHMARKS[name]}\n\n`python -m benchmarks.{name}`\n\n```text\n{output}\n```")
    return "\n\n".join(parts)


def replaced(page: str, results: str) -> str:
    """Put `results` between the two marks of the page; raises ValueError when it has no marks."""
    before, _, rest = page.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"{PAGE.name} has no result block")
    return f"{before}{BEGIN}\n\n{results}\n\n{END}{after}"


def machine() -> str:
    """Describe the machine: processor, cores, system, Python."""
    names = [line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")]
    processor = names[0] if names else platform.machine()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{processor}, {os.cpu_count()} cores; {platform.system()} {platform.release()}; {python}"


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []


if __name__ == "__main__":
    sys.exit(main())
