"""The Helm engine in a process of its own: requests are lines of JSON on standard input, answers on standard output.

Apart, because the engine brings a Go runtime along, with threads and signals that no other test should live with.
"""

import json
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import helm_python as helm


@cache
def _loaded(chart: str) -> helm.Chart:
    return helm.Chart.load(chart)


def _render(chart: str, values: Mapping[str, Any], **release: Any) -> Any:
    return _loaded(chart).render(dict(values), **release)


def _lint(chart: str, values: Mapping[str, Any], **options: Any) -> Any:
    return helm.lint(chart, dict(values), strict=True, **options)


def _package(chart: str, destination: str) -> Any:
    return helm.package(chart, destination=destination)


def _merged(chart: str, values: Mapping[str, Any]) -> Any:
    return _loaded(chart).merge_values(dict(values))


def _install(chart: str, release: str, values: Mapping[str, Any], cluster: Mapping[str, str]) -> Any:
    with _cluster(cluster) as config:
        return config.install(chart, release, dict(values), namespace=cluster["namespace"], timeout=60)


def _upgrade(chart: str, release: str, values: Mapping[str, Any], cluster: Mapping[str, str]) -> Any:
    with _cluster(cluster) as config:
        return config.upgrade(chart, release, dict(values), namespace=cluster["namespace"], timeout=60)


def _rollback(release: str, revision: int, cluster: Mapping[str, str]) -> Any:
    with _cluster(cluster) as config:
        config.rollback(release, version=revision, timeout=60)
        return config.history(release)


def _uninstall(release: str, cluster: Mapping[str, str]) -> Any:
    with _cluster(cluster) as config:
        return config.uninstall(release, timeout=60)


def _cluster(cluster: Mapping[str, str]) -> helm.Config:
    return helm.Config(namespace=cluster["namespace"], kubeconfig_path=cluster["kubeconfig"])


ACTIONS: dict[str, Callable[..., Any]] = {
    "render": _render,
    "lint": _lint,
    "package": _package,
    "merged": _merged,
    "install": _install,
    "upgrade": _upgrade,
    "rollback": _rollback,
    "uninstall": _uninstall,
}


def main() -> None:
    """Answer line by line until the input ends."""
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = {"result": ACTIONS[asked["action"]](*asked["words"], **asked["options"])}
        except helm.HelmError as error:
            answer = {"refusal": str(error)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
