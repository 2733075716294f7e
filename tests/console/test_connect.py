"""The configurations that the console shows for a split are ones that the load balancers themselves accept."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from ruamel.yaml import YAML

from scripts.edge_examples import TARGET, examples
from tests.console.browser import Console
from tests.support.process import program
from tests.support.servers import nginx_module
from tests.support.service import Service
from tests.support.tree import ROOT

SPLIT = "shop-2.0"
EDGES = ROOT / "flagsvc" / "routers" / "edge"
JS_MODULE = "ngx_http_js_module.so"


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    running = Service({"SAMPLE_DATA": "true"})
    running.start()
    weights = {"blue": 100_000, "green": 0, "v1.2": 0}
    body = {"key": SPLIT, "backends": ["blue", "green", "v1.2"], "stable": "blue", "force": {"header": "X-Preview"}}
    running.call("POST", "environments/staging/splits", body | {"default": {"split": {"weights": weights}}})
    yield running
    running.close()


@pytest.fixture
def connect(console: Console) -> Page:
    return console.go(f"/splits/staging/{SPLIT}?tab=connect", SPLIT)


def files(page: Page, balancer: str, form: str, folder: Path) -> dict[str, str]:
    """Give the files that are shown for a load balancer, and write them into the folder."""
    page.get_by_role("tab", name=balancer, exact=True).click()
    page.get_by_text(form, exact=True).click()
    shown = page.get_by_role("group", name="/srv/edge/")
    expect(shown.first).to_be_visible()
    found = {}
    for block in shown.all():
        name = page.locator(f'[id="{block.get_attribute("aria-labelledby")}"]').inner_text().removeprefix("/srv/edge/")
        found[name] = block.inner_text()
        (folder / name).write_text(found[name])
    return found


def accepts(folder: Path, *words: str, environment: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(
        words,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment and dict(environment),
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_nginx_accepts_both(connect: Page, tmp_path: Path) -> None:
    asked = files(connect, "nginx", "It asks", tmp_path)["nginx.conf"]
    told = files(connect, "nginx", "It is told", tmp_path)["told.conf"]
    module = f"/usr/lib/nginx/modules/{JS_MODULE}"
    (tmp_path / "told.conf").write_text(told.replace(module, nginx_module(JS_MODULE)))
    (tmp_path / "edge.js").write_text((EDGES / "nginx" / "edge.js").read_text())
    (tmp_path / "told").mkdir()
    (tmp_path / "told" / f"{SPLIT}.json").write_text("{}")

    assert f"/traffic/v1/staging/{SPLIT}/decide" in asked
    for name in ("nginx.conf", "told.conf"):
        accepts(tmp_path, program("nginx"), "-t", "-q", "-e", "stderr", "-p", str(tmp_path), "-c", name)


def test_haproxy_accepts_both(connect: Page, tmp_path: Path) -> None:
    files(connect, "HAProxy", "It asks", tmp_path)
    files(connect, "HAProxy", "It is told", tmp_path)
    (tmp_path / "bucket.lua").write_text((EDGES / "haproxy" / "bucket.lua").read_text())
    (tmp_path / "maps").mkdir()
    for part in ("now", "ranges", "units"):
        (tmp_path / "maps" / f"{SPLIT}.{part}.map").touch()

    for name in ("asked.cfg", "told.cfg"):
        accepts(tmp_path, program("haproxy"), "-c", "-C", str(tmp_path), "-f", name)


def test_envoy_accepts_both(connect: Page, tmp_path: Path) -> None:
    files(connect, "Envoy", "It asks", tmp_path)
    files(connect, "Envoy", "It is told", tmp_path)
    (tmp_path / "bucket.lua").write_text((EDGES / "envoy" / "bucket.lua").read_text())

    for name in ("asked.yaml", "told.yaml"):
        accepts(tmp_path, program("envoy", str(Path(sys.executable).parent)), "--mode", "validate", "-c", name)


@pytest.mark.parametrize("form", ["It asks", "It is told"])
def test_caddy_accepts_both(connect: Page, tmp_path: Path, form: str) -> None:
    files(connect, "Caddy", form, tmp_path)

    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    words = (program("caddy"), "validate", "--config", "Caddyfile", "--adapter", "caddyfile")
    accepts(tmp_path, *words, environment=home)


def test_traefik_has_a_route_and_a_service_for_each_backend(connect: Page, tmp_path: Path) -> None:
    asked = YAML(typ="safe").load(files(connect, "Traefik", "It asks", tmp_path)["dynamic.yaml"])["http"]
    told = YAML(typ="safe").load(files(connect, "Traefik", "It is told", tmp_path)["dynamic.yaml"])["http"]

    assert set(asked["services"]) == {"flagsvc", "blue", "green", "v1.2"}
    rules = {name: router["rule"] for name, router in asked["routers"].items() if name in asked["services"]}
    assert rules == {
        "blue": "PathPrefix(`/`)",
        "green": "Header(`X-Cohort`, `green`)",
        "v1.2": "Header(`X-Cohort`, `v1.2`)",
    }
    assert asked["middlewares"]["stable"]["headers"]["customRequestHeaders"] == {"X-Cohort": "blue"}
    assert set(told["services"]) == {"blue", "green", "v1.2"}
    assert told["routers"]["before"]["service"] == "blue"


def test_the_routers_file_names_every_backend(connect: Page, tmp_path: Path) -> None:
    named = {}
    for balancer in ("nginx", "HAProxy", "Envoy", "Caddy", "Traefik"):
        text = files(connect, balancer, "It is told", tmp_path)["routers.yaml"]
        first = next(iter(YAML(typ="safe").load(text)["routers"].values()))
        named[balancer] = set(first["backends"])

    assert named == {balancer: {"blue", "green", "v1.2"} for balancer in named}


def test_the_address_of_the_service_is_filled_in(connect: Page, service: Service, tmp_path: Path) -> None:
    assert f"server 127.0.0.1:{service.port} " in files(connect, "nginx", "It asks", tmp_path)["nginx.conf"]

    address = connect.get_by_label("This service, as the load balancer reaches it")
    address.fill("flags.internal:9000")

    assert "server flags.internal:9000 " in files(connect, "nginx", "It asks", tmp_path)["nginx.conf"]
    address.fill("not an address")
    expect(connect.get_by_text("host or host:port")).to_be_visible()


def test_what_the_console_shows_is_what_the_examples_and_guides_say_now() -> None:
    assert TARGET.read_text() == examples(), "run: python -m scripts.edge_examples"
