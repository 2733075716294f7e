"""Kubernetes' own schemas, closed: a field that the API server does not know is a fault."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import jsonschema_rs

from tests.support.chart.customs import CUSTOM

OLDEST, NEWEST = "1.30.0", "1.37.0"
FOLDER = files("kubernetes_validate") / "kubernetes-json-schema"
BASE = "https://kubernetes.io/api"


def faults(document: Mapping[str, Any]) -> Iterator[str]:
    """Say what is wrong with an object, for the oldest and the newest Kubernetes that the chart knows."""
    where = f"{document['kind']}/{document['metadata']['name']}"
    for version in (OLDEST, NEWEST):
        for error in _validator(document["apiVersion"], document["kind"], version).iter_errors(document):
            path = "/".join(map(str, error.instance_path))
            yield f"{where} ({version}): {path}: {error.message}"


@cache
def _validator(group_version: str, kind: str, version: str) -> jsonschema_rs.Validator:
    if (group_version, kind) in CUSTOM:
        return jsonschema_rs.Draft202012Validator(CUSTOM[group_version, kind])
    group, _, last = group_version.rpartition("/")
    name = "-".join(filter(None, (kind.lower(), group.partition(".")[0], last)))
    schema = json.loads((_folder(version) / f"{name}.json").read_text())
    return jsonschema_rs.Draft202012Validator(schema, registry=_definitions(version))


@cache
def _definitions(version: str) -> jsonschema_rs.Registry:
    content = json.loads((_folder(version) / "_definitions.json").read_text())
    return jsonschema_rs.Registry([(f"{BASE}/_definitions.json", content)])


def _folder(version: str) -> Traversable:
    return FOLDER / f"v{version}-local-strict"
