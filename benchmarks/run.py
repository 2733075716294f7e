"""Run every benchmark, show what it prints, and keep it in docs/benchmarks.md with command, machine and date.

`python -m benchmarks.run edges` runs one part of them only.
"""

import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.host import Processor

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
PARTS: dict[str, dict[str, str]] = {
    "results": {
        "evaluation": "Evaluation, snapshots and changes",
        "http": "HTTP hot paths",
        "propagation": "From an admin write to the decision of an SDK",
    },
    "edges": {
        "edges": "What it costs to connect an edge",
        "edge_propagation": "From an admin write to the first request at an edge",
    },
    "rollback": {
        "rollback": "From a bad release to everybody back",
    },
    "analysis": {
        "analysis": "How often healthy candidates go back, and how soon bad ones do",
    },
    "console": {
        "console": "The web console: first visit, search, live updates",
    },
}
"""The parts of the page that are written here: each has its benchmarks and their titles, and is dated by itself."""


def main(parts: Sequence[str]) -> int:
    """Run these parts, or all; return 1 when a benchmark could not run: then its part of the page is left alone."""
    unknown = set(parts) - set(PARTS)
    if unknown:
        raise SystemExit(f"the parts are {', '.join(PARTS)}, not {', '.join(sorted(unknown))}")
    return max(ran(part) for part in parts or PARTS)


def ran(part: str) -> int:
    """Run the benchmarks of one part, and write it; return 1 when one of them could not run."""
    results, before = {}, Processor.now()
    for name in PARTS[part]:
        print(f"==> benchmarks.{name}", flush=True)
        result = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
        )
        print(result.stdout, flush=True)
        if result.returncode:
            return 1
        results[name] = "\n".join(line.rstrip() for line in result.stdout.strip("\n").splitlines())
    text = render(PARTS[part], results, round(100 * before.stolen_since()))
    PAGE.write_text(replaced(PAGE.read_text(), part, text))
    return 0


def render(titles: Mapping[str, str], results: Mapping[str, str], stolen: int) -> str:
    """Give the results as Markdown: the machine first, then each benchmark's own words."""
    disturbance = f"; of the processor time that was wanted, the host gave {stolen} % to others" if stolen else ""
    load = f"; load {os.getloadavg()[2]:.1f} in the last 15 minutes"
    parts = [f"`make bench`, {datetime.now(UTC):%Y-%m-%d}; {machine()}{load}{disturbance}."]
    for name, output in results.items():
        parts.append(f"### {titles[name]}\n\n`python -m benchmarks.{name}`\n\n```text\n{output}\n```")
    return "\n\n".join(parts)


def replaced(page: str, part: str, text: str, by: str = "make bench") -> str:
    """Put `text` between the two marks of a part of the page; raises ValueError when it has no such marks."""
    begin, end = f"<!-- {part}: written by `{by}` -->", f"<!-- end of {part} -->"
    before, _, rest = page.partition(begin)
    _, mark, after = rest.partition(end)
    if not mark:
        raise ValueError(f"{PAGE.name} has no place for {part}")
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


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
    sys.exit(main(sys.argv[1:]))
