"""What the service of a rendered pod would read: its variables, and the files that its volumes put beside it."""

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.support.chart.release import PodOf, Release

FOREIGN = "of-somebody-else"


def environment(release: Release, pod: PodOf, container: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """Give the variables of a container of a pod, with its mounted files written below `folder`.

    What comes from objects of somebody else has FOREIGN as its content.
    """
    variables: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        if "configMapRef" in source:
            variables |= release.one("ConfigMap", source["configMapRef"]["name"])["data"]
    variables |= {one["name"]: one["value"] for one in container.get("env", ()) if "value" in one}
    mounts = {mount["name"]: mount["mountPath"] for mount in container.get("volumeMounts", ())}
    for volume in pod.spec["volumes"]:
        if volume["name"] in mounts:
            place = folder / mounts[volume["name"]].lstrip("/")
            place.mkdir(parents=True, exist_ok=True)
            for path, content in _files(release, volume):
                (place / path).write_text(content)
    return {name: _moved(value, mounts.values(), folder) for name, value in variables.items()}


def _moved(value: str, places: Any, folder: Path) -> str:
    return f"{folder}{value}" if any(value == place or value.startswith(f"{place}/") for place in places) else value


def _files(release: Release, volume: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for source in volume.get("projected", {}).get("sources", [volume]):
        if "configMap" in source:
            held = _held(release, "ConfigMap", source["configMap"]["name"])
            yield from ((item["path"], held.get(item["key"], FOREIGN)) for item in source["configMap"].get("items", ()))
        if "secret" in source:
            name = source["secret"].get("name") or source["secret"]["secretName"]
            held = _held(release, "Secret", name)
            decoded = {key: base64.b64decode(text).decode() for key, text in held.items()}
            yield from ((item["path"], decoded.get(item["key"], FOREIGN)) for item in source["secret"].get("items", ()))


def _held(release: Release, kind: str, name: str) -> dict[str, str]:
    found = [one["data"] for one in release.all(kind) if one["metadata"]["name"] == name]
    return found[0] if found else {}
