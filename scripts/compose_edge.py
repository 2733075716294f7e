"""Writes the composition's nginx.conf: examples/nginx/nginx.conf, which the tests of edges run, at other addresses.

python -m scripts.compose_edge            writes examples/compose/nginx.conf
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "examples/nginx/nginx.conf"
TARGET = ROOT / "examples/compose/nginx.conf"
NOTE = "# Written by `python -m scripts.compose_edge`, from examples/nginx/nginx.conf: change that one.\n"
CHANGES = {
    "upstream flagsvc { server 127.0.0.1:8080 max_fails=0; keepalive 32; }": (
        "upstream flagsvc {\n"
        "    server flagsvc-1:8080 max_fails=3 fail_timeout=2s; # one that is away is asked once in two seconds\n"
        "    server flagsvc-2:8080 max_fails=3 fail_timeout=2s;\n"
        "    keepalive 32;\n"
        "  }"
    ),
    "server 127.0.0.1:9001;": "server shop-stable:9001;",
    "server 127.0.0.1:9002;": "server shop-canary:9001;",
    "listen 127.0.0.1:8081;": "listen 8081;",
    "access_log access.log cohort;": "access_log /dev/stdout cohort;",
}


def written() -> str:
    """Give the configuration; raises ValueError where the example has no such line any more."""
    text = SOURCE.read_text(encoding="utf-8")
    for old, new in CHANGES.items():
        if old not in text:
            raise ValueError(f"{SOURCE.name} has no {old!r}")
        text = text.replace(old, new)
    return NOTE + text


if __name__ == "__main__":
    TARGET.write_text(written(), encoding="utf-8")
    sys.stdout.write(f"{TARGET.relative_to(ROOT)}\n")
