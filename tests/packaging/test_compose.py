"""The composition as it is written: valid, pinned, hardened, complete; what runs of it is in test_composition.py."""

import ipaddress
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from flagsdk.options import VARIABLES
from flagsvc.settings import load_metric_sources
from flagsvc.settings.environment import variable_names
from scripts import compose_edge
from tests.packaging.composition import OURS, SECRETS, Part, image_environment, read, seconds
from tests.packaging.dockerfile import only, stages
from tests.support.process import program
from tests.support.tree import ROOT, project

COMPOSE = read("compose/compose.yaml")
PARTS = COMPOSE.parts
BIN = Path(sys.executable).parent
FOLDER = ROOT / "examples" / "compose"
PINNED = re.compile(r"[a-z/]+:v?\d+\.\d+(\.\d+)?(-alpine\d+\.\d+)?")
# Our own; names of files in them are checked by the run.
SHOP = {"PYTHONPATH", "SHOP_REDIS_URL_FILE", *VARIABLES}


def _loaded(path: Path) -> object:
    return YAML(typ="safe", pure=True).load(path.read_text())


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn") / "secrets"
    subprocess.run(["sh", str(FOLDER / "secrets.sh"), str(folder)], check=True)
    return folder


def test_it_is_valid_by_the_specification() -> None:
    words = [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", str(FOLDER / "compose.yaml")]

    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("part", PARTS.values(), ids=list(PARTS))
def test_every_container_is_hardened_and_bounded(part: Part) -> None:
    document = part.document

    assert document["read_only"] is True
    assert document["cap_drop"] == ["ALL"]
    assert document["security_opt"] == ["no-new-privileges:true"]
    assert {"privileged", "cap_add", "network_mode", "pid"}.isdisjoint(document)
    assert part.is_ours or int(document["user"].split(":")[0]) > 0
    assert re.fullmatch(r"\d+m", document["mem_limit"])
    assert document["pids_limit"] <= 256
    assert "docker.sock" not in json.dumps(document)


@pytest.mark.parametrize("part", PARTS.values(), ids=list(PARTS))
def test_every_image_is_of_one_version_and_ours_of_this_one(part: Part) -> None:
    ours = OURS.fullmatch(part.document["image"])

    assert PINNED.fullmatch(part.document["image"])
    assert ours is None or ours[1] == project()["project"]["version"]


def _waited_for(name: str) -> set[str]:
    """Give everybody who is there before a service, directly or not."""
    direct = PARTS[name].document.get("depends_on", {})
    return set(direct).union(*map(_waited_for, direct))


def test_our_image_is_built_by_one_service_which_all_others_of_it_wait_for_and_never_pulled() -> None:
    """Several that export the same name at once are refused by engines that build in parallel."""
    ours = [part for part in PARTS.values() if part.is_ours]
    (builder,) = (part.name for part in ours if "build" in part.document)

    for part in ours:
        assert part.document["pull_policy"] == "never", part.name
        assert builder in {part.name, *_waited_for(part.name)}, part.name


@pytest.mark.parametrize("part", PARTS.values(), ids=list(PARTS))
def test_what_the_image_declares_a_volume_is_in_memory_or_none_would_ever_delete_it(part: Part) -> None:
    declared = only(stages()[1], "VOLUME").text
    if part.is_ours:
        assert [each.split(":")[0] for each in part.document["tmpfs"]] == [declared]


def test_no_mount_has_the_secrets_in_it() -> None:
    for part, source in COMPOSE.sources():
        assert not (FOLDER / "secrets").is_relative_to(source), part.name


@pytest.mark.parametrize("name", ["shop-stable", "traffic"])
def test_shop_and_visitors_need_no_more_than_what_is_mounted(name: str, tmp_path: Path) -> None:
    part = PARTS[name]
    for mount in part.mounts:
        link = tmp_path / Path(mount["target"]).relative_to(part.environment["PYTHONPATH"])
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to((FOLDER / mount["source"]).resolve())
    found = "print(*(each.__file__ or '' for name, each in sys.modules.items() if name.startswith('examples.')))"
    code = f"import {part.command[2]}, sys; {found}"

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert all(file.startswith(str(tmp_path)) for file in done.stdout.split())
    assert len(done.stdout.split()) > 1


@pytest.mark.parametrize("part", PARTS.values(), ids=list(PARTS))
def test_every_port_is_open_on_this_machine_only_and_is_what_listens(part: Part) -> None:
    for text in part.document.get("ports", []):
        host, outside, inside = text.split(":")
        assert host == "127.0.0.1"
        assert 1024 < int(outside) < 65536
        said = [image_environment()["FLAGSVC_PORT"]] if part.is_ours else re.findall(r"\d{4,5}", " ".join(part.check))
        assert inside in said

    outer = [text.split(":")[1] for other in PARTS.values() for text in other.document.get("ports", [])]
    assert len(outer) == len(set(outer))


@pytest.mark.parametrize("part", PARTS.values(), ids=list(PARTS))
def test_every_variable_of_ours_is_a_setting(part: Part) -> None:
    if not part.is_ours:
        return
    known = SHOP if "entrypoint" in part.document else variable_names().keys()

    assert part.environment.keys() <= known


@pytest.mark.parametrize("part", PARTS.values(), ids=list(PARTS))
def test_every_secret_that_is_read_is_given_and_made(part: Part, secrets: Path) -> None:
    read_here = set(re.findall(rf"{SECRETS}(\w+)", f"{part.environment} {part.command}"))

    assert read_here == set(part.secrets)
    for name in part.secrets:
        assert COMPOSE.document["secrets"][name] == {"file": f"./secrets/{name}"}
        assert (secrets / name).stat().st_size > 16


def test_secrets_are_closed_to_others_and_readable_for_containers_and_drawn_once(secrets: Path) -> None:
    before = {path.name: path.read_text() for path in secrets.iterdir()}

    subprocess.run(["sh", str(FOLDER / "secrets.sh"), str(secrets)], check=True)

    assert {path.name: path.read_text() for path in secrets.iterdir()} == before
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets.iterdir()} == {0o644}
    assert len({before[name] for name in ("admin_token", "postgres_password", "valkey_shop", "cohort_key")}) == 4


def test_secrets_are_never_committed() -> None:
    done = subprocess.run(["git", "check-ignore", "examples/compose/secrets/x"], cwd=ROOT, check=False)

    assert done.returncode == 0


def test_every_file_that_is_mounted_is_there_and_read_only() -> None:
    for part, source in COMPOSE.sources():
        assert source.exists(), f"{part.name}: {source}"
        assert source.is_relative_to(ROOT)
    assert all(mount["read_only"] is True for part in PARTS.values() for mount in part.mounts)


@pytest.mark.parametrize("part", PARTS.values(), ids=list(PARTS))
def test_whoever_is_waited_for_can_come_to_that(part: Part) -> None:
    for name, wanted in part.document.get("depends_on", {}).items():
        other = PARTS[name]
        match wanted["condition"]:
            case "service_healthy":
                assert other.check[0] != "NONE", name
            case "service_completed_successfully":
                assert other.document["restart"] == "no", name
            case condition:
                assert condition == "service_started"


@pytest.mark.parametrize("part", PARTS.values(), ids=list(PARTS))
def test_every_check_of_health_is_a_command_that_has_time_to_answer(part: Part) -> None:
    kind, *words = part.check
    if kind == "CMD-SHELL":
        subprocess.run(["sh", "-n", "-c", words[0]], check=True)
    times = part.document.get("healthcheck", {})

    assert kind == "NONE" or words
    if "test" in times:
        assert 0 < seconds(times["timeout"]) <= seconds(times["interval"]) * 2
        assert seconds(times["interval"]) * times["retries"] >= 30


def test_only_what_ends_by_itself_or_only_serves_shoppers_goes_unchecked() -> None:
    unchecked = {name for name, part in PARTS.items() if part.check[0] == "NONE"}

    assert unchecked == {"migrate", "shop-stable", "shop-canary", "traffic"}


def test_addresses_are_of_the_network_and_nginx_is_the_proxy_that_is_believed() -> None:
    (pool,) = COMPOSE.document["networks"]["edge"]["ipam"]["config"]
    named = {
        name: networks["edge"]["ipv4_address"]
        for name, part in PARTS.items()
        if isinstance(networks := part.document["networks"], dict) and networks.get("edge")
    }

    assert len(set(named.values())) == len(named)
    assert all(ipaddress.ip_address(each) in ipaddress.ip_network(pool["subnet"]) for each in named.values())
    assert PARTS["flagsvc-1"].environment["FLAGSVC_TRUSTED_PROXIES"] == named["nginx"]
    upstreams = set(re.findall(r"server ([a-z0-9-]+):\d+", (FOLDER / "nginx.conf").read_text()))
    assert upstreams == named.keys() - {"nginx"}


def test_whoever_is_called_by_name_is_in_a_network_of_the_caller(secrets: Path) -> None:
    texts = {
        "nginx": (FOLDER / "nginx.conf").read_text(),
        "prometheus": (FOLDER / "prometheus.yml").read_text(),
        "grafana": (FOLDER / "grafana/datasources.yaml").read_text(),
        "flagsvc-1": (FOLDER / "metric-sources.yaml").read_text() + (secrets / "redis_url").read_text(),
        "migrate": (secrets / "database_url").read_text(),
        "shop-canary": (secrets / "shop_redis_url").read_text(),
        "traffic": "nginx:8081",
    }
    for caller, text in texts.items():
        named = {name for name in PARTS if re.search(rf"(?<![\w-]){name}:\d+", text)}
        assert named, caller
        for name in named:
            assert PARTS[name].networks & PARTS[caller].networks, f"{caller} cannot reach {name}"


def test_both_replicas_are_the_same() -> None:
    differing = {
        key
        for key in PARTS["flagsvc-1"].document
        if PARTS["flagsvc-1"].document[key] != PARTS["flagsvc-2"].document[key]
    }

    assert differing == {"ports", "networks"}


def test_stopping_gives_the_service_the_time_that_it_takes() -> None:
    grace = seconds(PARTS["flagsvc-1"].document["stop_grace_period"])

    assert grace > 5 + 20 + 5  # drain, shutdown, and something for the rest (docs/reference/settings.md)


def test_the_configuration_of_nginx_is_the_example_at_other_addresses() -> None:
    assert compose_edge.TARGET.read_text() == compose_edge.written(), "python -m scripts.compose_edge"


def test_prometheus_takes_its_configuration_and_the_rules(tmp_path: Path) -> None:
    rules = next(mount for mount in PARTS["prometheus"].mounts if mount["target"].endswith("rules/flagsvc.yaml"))
    text = (FOLDER / "prometheus.yml").read_text()
    assert Path(rules["target"]).parent.as_posix() + "/*.yaml" in text
    (tmp_path / "rules.yaml").write_text((FOLDER / rules["source"]).read_text())
    (tmp_path / "prometheus.yml").write_text(text.replace("/etc/prometheus/rules/*.yaml", "rules.yaml"))

    words = [program("promtool"), "check", "config", "prometheus.yml"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "rules found" in done.stdout


def test_grafana_finds_its_source_and_its_dashboard() -> None:
    mounts = {mount["target"]: mount["source"] for mount in PARTS["grafana"].mounts}
    (source,) = _loaded(FOLDER / "grafana/datasources.yaml")["datasources"]  # type: ignore[index]  # one document, ours
    (provider,) = _loaded(FOLDER / "grafana/dashboards.yaml")["providers"]  # type: ignore[index]  # likewise
    folder = provider["options"]["path"]
    (dashboard,) = (target for target in mounts if target.startswith(f"{folder}/"))

    document = json.loads((FOLDER / mounts[dashboard]).read_text())

    assert source["url"] == "http://prometheus:9090"
    assert document["panels"]


def test_the_service_takes_its_metric_sources() -> None:
    assert load_metric_sources(FOLDER / "metric-sources.yaml")


def test_the_script_that_draws_secrets_is_safe_to_read_for_any_shell() -> None:
    done = subprocess.run([str(BIN / "shellcheck"), "secrets.sh"], cwd=FOLDER, capture_output=True, check=False)

    assert done.returncode == 0, done.stdout
    assert os.access(FOLDER / "secrets.sh", os.R_OK)
