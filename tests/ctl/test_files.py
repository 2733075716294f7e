"""Documents as files: applied as they were told, refused at their line, exported without a difference, followed."""

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.ctl.conftest import ENVIRONMENT
from tests.ctl.program import PROGRAM, Flagctl
from tests.support.guides import files_of
from tests.support.guides import write as write_files
from tests.support.metrics_page import FLAGCTL, documented
from tests.support.process import free_port
from tests.support.service import Service
from tests.support.snippets import snippets
from tests.support.timing import eventually

FLAG = """\
apiVersion: flagsvc/v1
kind: Flag
metadata: {{key: {key}, owner: payments, expires: 2031-03-01}}
spec:
  type: boolean
  variants: {{"on": true, off: false}}
  environments:
    staging:
      enabled: {enabled}
      offVariant: off
      default:
        split: {{weights: {{on: {share}, off: {rest}}}}}
"""


WHY = ("--reason", "a test")
"""Other tests leave environments that ask for it, and a new flag is in all of them."""


def write(folder: Path, key: str, share: float = 12.5, *, enabled: bool = True, more: str = "") -> Path:
    path = folder / f"{key}.yaml"
    path.write_text(FLAG.format(key=key, share=share, rest=100 - share, enabled=str(enabled).lower()) + more)
    return path


def configuration(service: Service, key: str) -> dict[str, Any]:
    found: dict[str, Any] = service.call("GET", f"environments/{ENVIRONMENT}/flags/{key}")
    return found


def test_a_file_is_told_asked_about_and_applied(ctl: Flagctl, service: Service, tmp_path: Path) -> None:
    path = write(tmp_path, "files-one")

    tried = ctl.run("apply", "-f", str(path), *WHY, "--dry-run", "-o", "table")
    assert (tried.code, f"create {ENVIRONMENT}/flag/files-one" in tried.out) == (0, True)
    assert ctl.run("apply", "-f", str(path), *WHY).code == 2, "nobody is there to be asked"

    done = ctl.run("apply", "-f", str(path), *WHY, "--yes")
    assert done.code == 0, done.err
    assert configuration(service, "files-one")["default"]["split"]["weights"] == {"on": 12_500, "off": 87_500}

    write(tmp_path, "files-one", 50)
    moved = ctl.run("apply", "-f", str(path), *WHY, "--yes")
    assert "who moves" in moved.err
    assert ctl.run("apply", "-f", str(path), *WHY, "--yes", "-o", "table").out == "nothing changes\n"


def test_what_is_wrong_is_told_with_its_line(ctl: Flagctl, tmp_path: Path) -> None:
    write(tmp_path, "files-two")
    bad = tmp_path / "bad.yaml"
    bad.write_text(FLAG.format(key="files-bad", share=60, rest=50, enabled="true") + "---\n" + FLAG.format(
        key="files-worse", share=60, rest=40, enabled="maybe"))  # fmt: skip

    refused = ctl.run("apply", "-f", str(tmp_path), *WHY, "--yes")

    assert refused.code in {1, 2}, refused.err
    assert f"{bad}:22:" in refused.err
    assert ctl.run("flag", "get", "files-two").code == 1, "nothing was changed"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "while parsing"),
        ("kind: Flag\n", "apiVersion"),
        ("apiVersion: flagsvc/v1\napiVersion: flagsvc/v1\n", "duplicate"),
        ("apiVersion: flagsvc/v1\nkind: Flag\nmetadata: {key: x}\nspec: {1: 2}\n", "no text"),
        ("&a [*a]\n", "levels"),
        ("apiVersion: flagsvc/v1\nx: .nan\n", "no number"),
        ("a: &a [" + "x," * 900 + "]\nb: &b [" + "*a," * 900 + "]\napiVersion: flagsvc/v1\n", "more than"),
        ("", "no documents"),
    ],
)
def test_what_is_no_document_is_refused_before_anybody_is_asked(
    ctl: Flagctl, tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "file.yaml").write_text(text)

    refused = ctl.run("apply", "-f", str(tmp_path), *WHY, "--yes", FLAGSVC_URL="http://127.0.0.1:9")

    assert refused.code == 2, refused.err
    assert words in refused.err


def test_what_is_exported_changes_nothing_when_it_is_applied(
    ctl: Flagctl, service: Service, tmp_path: Path, new_flag: Callable[..., str], new_split: Callable[..., str]
) -> None:
    key, split = new_flag(37), new_split(3)
    service.call("POST", f"environments/{ENVIRONMENT}/segments", {"key": f"of-{key}", "included": ["no", "u1"]})
    binding = {"key": f"to-{split}", "split": split, "routers": ["edge-19"]}
    service.call("POST", f"environments/{ENVIRONMENT}/bindings", binding)

    folder = tmp_path / "all"
    assert ctl.run("export", "--dir", str(folder)).code == 0
    texts = "".join(path.read_text() for path in folder.rglob("*.yaml"))
    assert '"on": 37' in texts
    assert "allocation" not in texts
    tried = ctl.run("apply", "-f", str(folder), *WHY, "--dry-run")
    assert (tried.json["documents"], tried.json["changeId"]) == ({}, None)

    whole = tmp_path / "whole.yaml"
    whole.write_text(ctl.run("export", "-e", ENVIRONMENT).out)
    assert ctl.run("apply", "-f", str(whole), *WHY, "--dry-run").json["documents"] == {}
    assert ctl.run("export", "-e", "nowhere").code == 2


def test_a_slip_in_what_is_left_to_operators_is_told(ctl: Flagctl, tmp_path: Path) -> None:
    write(tmp_path, "files-slip", more="  leaveToOperators: [environments.staging.enalbed]\n")

    refused = ctl.run("apply", "-f", str(tmp_path), *WHY, "--yes")

    assert "There is no member 'enalbed' here" in refused.err
    assert "enabled" in refused.err


def test_what_is_no_flagsvc_is_told_and_ends_nothing(ctl: Flagctl, tmp_path: Path) -> None:
    write(tmp_path, "files-proxy")
    with serving(b"<html>hello</html>") as address:
        refused = ctl.run("reconcile", "--dir", str(tmp_path), "--once", FLAGSVC_URL=address)

    assert (refused.code, "no flagsvc" in refused.err) == (1, True)


def test_a_protected_environment_takes_what_was_shown(ctl: Flagctl, service: Service, tmp_path: Path) -> None:
    service.call("POST", "environments", {"key": "files-prod", "protected": True}, **{"X-Change-Reason": "a test"})
    path = write(tmp_path, "files-five")
    path.write_text(path.read_text().replace("staging:", "files-prod:"))
    try:
        done = ctl.run("apply", "-f", str(path), *WHY, "--yes")
        assert done.code == 0, done.err
        found = service.call("GET", "environments/files-prod/flags/files-five")
        assert found["default"]["split"]["weights"]["on"] == 12_500
    finally:
        version = service.call("GET", "environments/files-prod")["version"]
        headers = {"If-Match": f'"{version}"', "X-Change-Reason": "over"}
        service.call("POST", "environments/files-prod/archive", None, **headers)


@contextmanager
def serving(page: bytes) -> Iterator[str]:
    """Answer everything with a page, as a proxy does that asks people to log in; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that the base asks for
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_once_tells_by_its_code_how_it_stands(ctl: Flagctl, service: Service, tmp_path: Path) -> None:
    write(tmp_path, "files-three")

    detected = ctl.run("reconcile", "--dir", str(tmp_path), "--once", "--mode", "detect")
    assert (detected.code, "create" in detected.err) == (3, True)
    assert ctl.run("flag", "get", "files-three").code == 1, "only told"
    assert ctl.run("reconcile", "--dir", str(tmp_path), "--once").code == 0
    assert ctl.run("reconcile", "--dir", str(tmp_path), "--once", "--mode", "detect").code == 0

    service.call("PATCH", f"environments/{ENVIRONMENT}/flags/files-three", {"enabled": False})
    left = ctl.run("reconcile", "--dir", str(tmp_path), "--once", FLAGSVC_TOKEN=_other_admin(service))
    assert (left.code, "switched it off" in left.err) == (3, True)
    assert configuration(service, "files-three")["enabled"] is False


def _other_admin(service: Service) -> str:
    token: str = service.call("POST", "tokens", {"kind": "admin", "name": "git"})["document"]["token"]
    return token


def test_a_folder_is_followed_through_commits_mistakes_and_edits_of_others(
    ctl: Flagctl, service: Service, tmp_path: Path
) -> None:
    checkout = tmp_path / ".worktrees" / "0123456789abcdef"
    checkout.mkdir(parents=True)
    (tmp_path / "current").symlink_to(checkout)
    write(checkout, "files-four", 10)
    port = free_port()
    words = ("reconcile", "--dir", str(tmp_path / "current"), "--interval", "1s", "--metrics-port", str(port))
    with ctl.begin(*words, FLAGSVC_TOKEN=_other_admin(service)) as program:
        try:
            eventually(lambda: _share(service, "files-four") == 10_000)
            eventually(lambda: _metric(port, "flagsvc_gitops_in_sync") == 1)
            changes = service.call("GET", f"environments/{ENVIRONMENT}/changes?kind=flag&key=files-four")["items"]
            assert changes[0]["reason"] == "Files of commit 0123456789ab"

            write(checkout, "files-four", 20)
            eventually(lambda: _share(service, "files-four") == 20_000)

            write(checkout, "files-four", 30, more="      defautl: x\n")
            eventually(lambda: _metric(port, "flagsvc_gitops_in_sync") == 0)
            assert _share(service, "files-four") == 20_000, "what was good stays"

            write(checkout, "files-four", 30)
            eventually(lambda: _share(service, "files-four") == 30_000)
            weights = {"weights": {"on": 1_000, "off": 99_000}}
            service.call("POST", f"environments/{ENVIRONMENT}/flags/files-four/weights", weights)
            eventually(lambda: _share(service, "files-four") == 30_000)
            assert _metric(port, "flagsvc_gitops_last_success_timestamp_seconds") > time.time() - 60
            assert _served(port) == documented(FLAGCTL).keys()
        finally:
            os.kill(program.pid, signal.SIGTERM)
        assert program.wait(30) == 0
        assert "defautl" in (program.stderr.read() if program.stderr else "")


def _share(service: Service, key: str) -> int:
    with service.client() as client:
        answer = client.get(f"/api/v1/environments/{ENVIRONMENT}/flags/{key}")
    return int(answer.json()["default"]["split"]["weights"]["on"]) if answer.is_success else -1


def _served(port: int) -> set[str]:
    text = urllib3.request("GET", f"http://127.0.0.1:{port}/metrics", timeout=5.0).data.decode()
    return {
        re.split(r"[ {]", line)[0] for line in text.splitlines() if not line.startswith("#") and "_created" not in line
    }


def _metric(port: int, name: str) -> float:
    try:
        text = urllib3.request("GET", f"http://127.0.0.1:{port}/metrics", timeout=5.0, retries=False).data.decode()
    except urllib3.exceptions.HTTPError:
        return -1
    return next((float(line.split()[-1]) for line in text.splitlines() if line.startswith(f"{name} ")), -1)


def test_the_commands_of_the_guide_run_as_they_are_written(ctl: Flagctl) -> None:
    write_files(ctl.home, files_of("git.md"))
    script = "set -e\n" + "\n".join(snippets("docs/how-to/git.md", "sh"))
    path = {"PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"}

    done = subprocess.run(
        ["sh", "-c", script], cwd=ctl.home, env=ctl.environment(path),
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing changes" in done.stdout
    assert done.stderr.count("as the files say") == 2
