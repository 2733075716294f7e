"""Without its extra an integration says which one to install: the same sentence in all of them."""

import subprocess
import sys
import tomllib

import pytest

from tests.support.tree import ROOT

EXTRAS = {
    "celery": ("celery", "celery"),
    "django": ("django", "django"),
    "fastapi": ("fastapi", "fastapi"),
    "flask": ("flask", "flask"),
    "openfeature": ("openfeature", "openfeature"),
    "otel": ("opentelemetry", "opentelemetry"),
    "prometheus": ("prometheus_client", "prometheus"),
    "pytest": ("pytest", "pytest"),
    "starlette": ("starlette", "starlette"),
}
"""Integration → the package that it needs, and the extra that brings it."""


@pytest.mark.parametrize("module", EXTRAS)
def test_an_integration_without_its_extra_names_it(module: str) -> None:
    package, extra = EXTRAS[module]
    code = f"import sys; sys.modules['{package}'] = None; import flagsdk.integrations.{module}"

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    said = result.stderr.splitlines()[-1]
    assert said.startswith(f"ImportError: flagsdk.integrations.{module} needs ")
    assert said.endswith(f": pip install 'flagsdk[{extra}]'")


def test_every_extra_is_tried_here_or_is_that_of_signing() -> None:
    project = tomllib.loads((ROOT / "sdk" / "pyproject.toml").read_text())["project"]

    assert {extra for _, extra in EXTRAS.values()} | {"signing"} == set(project["optional-dependencies"])
