"""The chart speaks the service's own language: its variables are settings, its bounds are theirs, its files load."""

import json
import os
import re
from pathlib import Path
from typing import Any

import annotated_types
import pytest
from pydantic.fields import FieldInfo

from flagsvc.metric_sources.registry import KINDS as SOURCES
from flagsvc.notifiers.registry import KINDS as NOTIFIERS
from flagsvc.routers.registry import KINDS as ROUTERS
from flagsvc.settings import PREFIX, Settings, is_secret, load, load_metric_sources, load_notifiers, load_routers
from flagsvc.settings.environment import variable_names, warnings
from tests.support.chart.engine import CHART, Engine
from tests.support.chart.running import environment
from tests.support.chart.values import SETS, read, values_of

SCHEMA = json.loads((CHART / "values.schema.json").read_text())["properties"]
VALUES = read((CHART / "values.yaml").read_text())
ELSEWHERE = {
    "port": "fixed: pods listen on 8080",
    "metrics_port": "metrics.port",
    "data_dir": "fixed: the volume",
    "database_upgrade": "migrations.mode",
    "drain_seconds": "shutdown.drainSeconds",
    "shutdown_seconds": "shutdown.requestSeconds",
    "routers": "files.routers",
    "metric_sources": "files.metricSources",
    "notifiers": "files.notifiers",
    "outbound_ca": "files.outboundCa",
}
NUMBERS = {int: "integer", float: "number"}


def snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def test_every_setting_of_the_service_has_its_value() -> None:
    plain = {field for field in Settings.model_fields if not is_secret(field)}
    secret = {field for field in Settings.model_fields if is_secret(field)}

    assert {snake(name) for name in VALUES["settings"]} | ELSEWHERE.keys() == plain
    assert {snake(name) for name in VALUES["secrets"]} == secret


@pytest.mark.parametrize("name", VALUES["settings"])
def test_the_schema_bounds_a_setting_as_the_service_does(name: str) -> None:
    field: FieldInfo = Settings.model_fields[snake(name)]
    schema = SCHEMA["settings"]["properties"][name]
    least = [one.ge for one in field.metadata if isinstance(one, annotated_types.Ge)]
    most = [one.le for one in field.metadata if isinstance(one, annotated_types.Le)]

    assert [schema[bound] for bound in ("minimum",) if bound in schema] == least
    assert [schema[bound] for bound in ("maximum",) if bound in schema] == most
    if field.annotation in NUMBERS:
        assert schema["type"] == [NUMBERS[field.annotation], "null"]


def test_the_schema_bounds_the_end_as_the_service_does() -> None:
    for name, setting in {"drainSeconds": "drain_seconds", "requestSeconds": "shutdown_seconds"}.items():
        bounds = {type(one): one for one in Settings.model_fields[setting].metadata}
        schema = SCHEMA["shutdown"]["properties"][name]

        assert (schema["minimum"], schema["maximum"]) == (bounds[annotated_types.Ge].ge, bounds[annotated_types.Le].le)


def test_the_schema_knows_the_kinds_of_files_and_no_other() -> None:
    files = SCHEMA["files"]["properties"]
    defined = json.loads((CHART / "values.schema.json").read_text())["$defs"]["router"]["properties"]["kind"]["enum"]
    (sources,) = files["metricSources"]["properties"]["content"]["patternProperties"].values()
    (notifiers,) = files["notifiers"]["properties"]["content"]["patternProperties"].values()

    assert defined == sorted(ROUTERS)
    assert sources["properties"]["kind"]["enum"] == sorted(SOURCES)
    assert notifiers["properties"]["kind"]["enum"] == sorted(NOTIFIERS)


@pytest.mark.parametrize("name", SETS)
def test_every_variable_of_ours_is_a_setting(engine: Engine, name: str, tmp_path: Path) -> None:
    release = engine.render(values_of(name))
    given = {
        variable
        for pod in release.pods
        for container in pod.containers
        if container["name"] in {"flagsvc", "migrations"}
        for variable in environment(release, pod, container, tmp_path)
        if variable.startswith(PREFIX)
    }

    assert given >= {"FLAGSVC_PORT", "FLAGSVC_DATA_DIR"}
    assert given - variable_names().keys() == set()


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    return monkeypatch


def loaded(engine: Engine, name: str, folder: Path, clean: pytest.MonkeyPatch) -> Settings:
    release = engine.render(values_of(name))
    pod = release.server
    for variable, value in environment(release, pod, pod.spec["containers"][0], folder).items():
        clean.setenv(variable, value)
    return load()


OWN_SECRETS = [name for name in SETS if not any(
    secret.get("secretName") for secret in values_of(name).get("secrets", {}).values())]  # fmt: skip


@pytest.mark.parametrize("name", OWN_SECRETS)
def test_the_service_starts_with_what_a_pod_is_given(
    engine: Engine, name: str, tmp_path: Path, clean: pytest.MonkeyPatch
) -> None:
    settings = loaded(engine, name, tmp_path, clean)

    assert [warning for warning in warnings(settings) if "not a setting" in warning] == []
    assert settings.is_embedded is (values_of(name).get("database", {}).get("type", "sqlite") == "sqlite")
    assert (settings.database_upgrade, settings.port) == (False, 8080)


def test_every_setting_arrives_as_it_was_given(engine: Engine, tmp_path: Path, clean: pytest.MonkeyPatch) -> None:
    settings = loaded(engine, "every-setting", tmp_path, clean)
    given = values_of("every-setting")["settings"]

    assert {snake(name) for name in given} == {snake(name) for name in VALUES["settings"]}
    for name, value in given.items():
        found: Any = getattr(settings, snake(name))
        assert (",".join(map(str, found)) if isinstance(found, tuple) else found) == value, name


def test_secrets_arrive_as_files(engine: Engine, tmp_path: Path, clean: pytest.MonkeyPatch) -> None:
    settings = loaded(engine, "postgresql-values", tmp_path, clean)
    given = values_of("postgresql-values")["secrets"]

    assert settings.database == given["databaseUrl"]["value"]
    assert settings.redis == given["redisUrl"]["value"]
    assert settings.admin_token is not None
    assert settings.admin_token.get_secret_value() == given["adminToken"]["value"]


def test_no_secret_is_in_a_variable_or_a_config_map(engine: Engine) -> None:
    release = engine.render(values_of("postgresql-values"))
    shown = json.dumps([one for one in release.objects if one["kind"] != "Secret"]) + release.notes

    assert [secret["value"] for secret in values_of("postgresql-values")["secrets"].values()
            if secret["value"] in shown] == []  # fmt: skip


@pytest.mark.parametrize("name", ["router-gateway-api", "router-istio", "router-deployments", "routers-elsewhere"])
def test_the_service_loads_the_routers_file(
    engine: Engine, name: str, tmp_path: Path, clean: pytest.MonkeyPatch
) -> None:
    settings = loaded(engine, name, tmp_path, clean)

    found = {spec.name: spec.kind for spec in load_routers(settings.routers)}

    given = values_of(name)["files"]["routers"]["content"]
    assert found == {router: options["kind"] for router, options in given.items()}


def test_the_service_loads_the_other_files(engine: Engine, tmp_path: Path, clean: pytest.MonkeyPatch) -> None:
    settings = loaded(engine, "metric-sources", tmp_path, clean)

    assert [spec.name for spec in load_metric_sources(settings.metric_sources)] == ["prometheus"]
    assert [spec.name for spec in load_notifiers(settings.notifiers)] == ["chat"]
    assert settings.outbound_ca is not None
    assert settings.outbound_ca.read_text().startswith("-----BEGIN CERTIFICATE-----\nMIIB")


def test_files_of_somebody_else_are_put_where_the_service_looks(engine: Engine, tmp_path: Path) -> None:
    release = engine.render(values_of("files-from-elsewhere"))
    pod = release.server
    given = environment(release, pod, pod.spec["containers"][0], tmp_path)

    for variable in ("ROUTERS", "METRIC_SOURCES", "NOTIFIERS", "OUTBOUND_CA"):
        assert Path(given[f"FLAGSVC_{variable}"]).read_text() == "of-somebody-else"
