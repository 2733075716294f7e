"""Gives the console the configurations of load balancers: examples/ and the blocks of docs/routers, as they stand.

python -m scripts.edge_examples            writes admin/src/screens/split/connect/examples.json
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "admin/src/screens/split/connect/examples.json"
FILES = (
    "caddy/Caddyfile",
    "envoy/asked.yaml",
    "envoy/told.yaml",
    "haproxy/asked.cfg",
    "haproxy/cohort.lua",
    "haproxy/told.cfg",
    "nginx/nginx.conf",
    "nginx/told.conf",
    "nginx/told/checkout.json",
    "traefik/dynamic.yaml",
    "traefik/traefik.yaml",
)
GUIDES = ("caddy", "envoy", "haproxy", "nginx", "traefik")
_BLOCK = re.compile(r"^```(caddyfile|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples() -> str:
    """Give every text under its place: `haproxy/told.cfg`, or `haproxy.md#yaml-1` for a guide's first such block."""
    files = {name: (ROOT / "examples" / name).read_text() for name in FILES}
    texts = files | {name: text for guide in GUIDES for name, text in _blocks(guide)}
    return json.dumps(texts, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _blocks(guide: str) -> Iterator[tuple[str, str]]:
    seen: dict[str, int] = {}
    for language, text in _BLOCK.findall((ROOT / "docs/routers" / f"{guide}.md").read_text()):
        seen[language] = seen.get(language, 0) + 1
        yield f"{guide}.md#{language}-{seen[language]}", text


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(examples())
    sys.stdout.write(f"{TARGET.relative_to(ROOT)}\n")
