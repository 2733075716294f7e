"""Lines of pages that no other folder's tests run, as they stand there."""

import json
import shlex
import shutil
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from tests.ctl.program import Flagctl
from tests.documents.blocks import block
from tests.documents.shell import Reader, blocks_of, served
from tests.support.guides import files_of
from tests.support.plain import PLAIN
from tests.support.process import Child, listens, mortal
from tests.support.servers import on_free_port
from tests.support.service import ADMIN_TOKEN, Service
from tests.support.tree import ROOT

pytestmark = pytest.mark.servers
PRODUCTION = "environments/production"
PLAN = {
    "strategy": "canary",
    "targets": [{"name": "edge", "kind": "split", "key": "quick", "candidate": "canary", "baseline": "stable"}],
    "steps": [{"name": "everybody", "weights": {"edge": 100_000}, "hold": "0s"}],
}


def quick_split(service: Service, key: str = "quick") -> None:
    """Make a traffic split that all of a page's traffic goes to stable by."""
    split = {"key": key, "backends": ["stable", "canary"], "stable": "stable", "default": {"serve": "stable"}}
    service.call("POST", f"{PRODUCTION}/splits", split)


def test_the_readme_hands_over_a_release(tmp_path: Path) -> None:
    """Only the holds are shorter."""
    plan = tmp_path / "examples/first-rollout.json"
    plan.parent.mkdir()
    plan.write_text((ROOT / "examples/first-rollout.json").read_text().replace('0s"', 's"').replace('5s"', '1s"'))
    with closing(Service({"SAMPLE_DATA": "true"})) as service:
        service.start()

        printed = Reader(tmp_path, service).sh(block("README.md", "sh 4"))

        split = service.call("GET", f"{PRODUCTION}/splits/checkout")
    assert "succeeded" in printed
    assert split["default"]["split"]["weights"]["canary"] == 100_000


def test_the_command_that_starts_a_rollout(sampled: Service, tmp_path: Path) -> None:
    quick_split(sampled)
    (tmp_path / "plan.json").write_text(json.dumps(PLAN))
    program, *words = shlex.split(block("docs/rollouts/README.md", "sh 1"))
    variables = {"FLAGSVC_URL": sampled.url, "FLAGSVC_TOKEN": ADMIN_TOKEN}

    done = Flagctl(tmp_path, variables).on_terminal(*words, answers=[("[y/N]", lambda: "y\n")])

    assert (program, done.code) == ("flagctl", 0), done.out
    assert "succeeded" in done.out


def test_the_command_that_binds(reader: Reader) -> None:
    made = json.loads(reader.sh(block("docs/reference/bindings.md", "sh 1")))

    assert made["document"]["routers"] == ["edge-1", "edge-2"]


def test_the_usage_of_a_flag_is_asked_for(reader: Reader) -> None:
    answered = json.loads(reader.sh(block("docs/usage.md", "sh 1")))

    assert [item["key"] for item in answered["items"]] in ([], ["new-checkout"])
    assert "nextCursor" in answered
    unknown = json.loads(reader.sh(block("docs/usage.md", "sh 2")))
    assert all(item["askedBy"] for item in unknown["items"])
    assert unknown["days"] == 30


def test_a_new_pair_of_keys_has_the_form_that_the_page_shows(tmp_path: Path) -> None:
    shown = block("docs/signing.md", "sh 1")

    printed = Reader(tmp_path).sh(shown)

    names = [line.partition("=")[0] for line in printed.splitlines()]
    assert names == ["FLAGSVC_SIGNING_KEY", "FLAGSDK_PUBLIC_KEY"]
    assert [line.split()[1].partition("=")[0] for line in shown.splitlines()[1:]] == names


def test_the_service_starts_with_the_notifiers_of_the_page(tmp_path: Path) -> None:
    text = files_of("../notifications.md")["notifiers.yaml"].replace("/run/secrets/", f"{tmp_path}/")
    (tmp_path / "notifiers.yaml").write_text(text)
    secrets = {"chat.url": "https://chat.example/hook", "board.secret": "of-both-sides-and-nobody-else"}
    for name, secret in {**secrets, "mail.user": "flagsvc", "mail.password": "hush"}.items():
        (tmp_path / name).write_text(f"{secret}\n")

    with served(Reader(tmp_path), block("docs/notifications.md", "sh 2")) as url:
        assert httpx2.get(f"{url}/health/live", trust_env=False, verify=PLAIN).status_code == 200


def test_the_service_starts_with_the_secret_of_the_page_about_hooks(tmp_path: Path) -> None:
    with served(Reader(tmp_path), block("docs/reference/hooks.md", "sh 2")) as url:
        assert httpx2.get(f"{url}/health/live", trust_env=False, verify=PLAIN).status_code == 200


class Receives(Child):
    """The receiver of the guide about webhooks, started by the guide's own line, at a free port."""

    def __init__(self, reader: Reader, line: str) -> None:
        super().__init__("webhook-receiver")
        self._reader, self._line = reader, line
        self.port = on_free_port(self._at)

    def _at(self, port: int) -> None:
        words = shlex.split(self._line.replace("8090", str(port)))
        command = [*mortal("KILL"), "env", "-C", str(self._reader.folder), *words]
        self.spawn(command, lambda: listens(self.pid, port), self._reader.environment())


def test_the_lines_about_a_router_of_one_s_own(tmp_path: Path) -> None:
    secret, start = block("docs/routers/webhook.md", "sh 1").splitlines()
    reader, files = Reader(tmp_path), files_of("../routers/webhook.md")
    (tmp_path / "receiver.py").write_text(files["receiver.py"])
    reader.sh(secret)

    with closing(Receives(reader, start)) as receiver:
        (tmp_path / "routers.yaml").write_text(files["routers.yaml"].replace("8090", str(receiver.port)))
        printed = reader.sh(block("docs/routers/webhook.md", "sh 2"))

    assert "own-cdn" in printed


def test_the_readme_of_the_sdk(reader: Reader) -> None:
    """The first program reads the service instead of a Redis; the second finds neither of its two."""
    first, ladder, testing = blocks_of("sdk/README.md", "python")
    service = reader.service
    assert service is not None
    token = service.call("POST", "tokens", {"name": "page", "kind": "sdk", "environment": "production"})["document"][
        "token"
    ]
    asked = f'"{service.url}", token="{token}"'
    own = Reader(reader.folder, service, {'"redis://localhost:6379", environment="production"': asked})
    closed = {"redis://cache:6379": "redis://127.0.0.1:9", "https://flags.example.com": "http://127.0.0.1:9"}
    nowhere = {**closed, "/var/cache/shop": str(reader.folder), "fss_production_…": token}
    (reader.folder / "flags.json").write_text("{}")

    printed = own.python(first, "print('read')")
    Reader(reader.folder, words=nowhere).python("from flagsdk import FlagClient", ladder)
    told = own.python("from flagsdk import FlagClient", testing, "print(flags.get_string('theme', 'user-1'))")

    assert printed.endswith("read\n")
    assert told == "dark\n"


@pytest.mark.parametrize("name", ["sh 1", "sh 2", "sh 3"])
def test_the_verbs_of_contributing_are_verbs_of_make(name: str) -> None:
    """They are not run: make prints what each would do, and fails for a verb that it does not have."""
    lines = block("CONTRIBUTING.md", name).splitlines()
    verbs = [shlex.split(line, comments=True)[1] for line in lines if line.startswith("make ")]

    assert verbs
    for verb in verbs:
        assert Reader(ROOT).tried(f"make --no-print-directory -n {verb}").code == 0


def test_every_program_that_pages_call_is_here() -> None:
    assert all(shutil.which(name) for name in ("curl", "openssl"))
