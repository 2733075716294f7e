"""A Django project in this process; it can be set up only once in a process, so every test uses the same."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integrations.audience import write_flags

SETTINGS = "tests.integrations.djangoproject.settings"


@pytest.fixture(scope="session")
def django_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Name a database and a file of flags to a project."""
    folder = tmp_path_factory.mktemp("django")
    return {
        "TEST_DATABASE": str(folder / "database.sqlite"),
        "TEST_FLAGS": str(write_flags(folder / "flags.json")),
        "DJANGO_SETTINGS_MODULE": SETTINGS,
    }


@pytest.fixture
def django_project(django_set_up: Any) -> Iterator[Any]:
    """Use the project, and leave no client of it behind; gives the user with the primary key 7."""
    yield django_set_up
    from django.core.signals import setting_changed  # noqa: PLC0415 - after the settings

    setting_changed.send(sender=None, setting="FLAGSDK", value=None, enter=False)


@pytest.fixture(scope="session")
def django_set_up(django_environment: dict[str, str]) -> Iterator[Any]:
    """Set the project up."""
    os.environ |= django_environment
    import django  # noqa: PLC0415 - settings are read on import
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415

    django.setup()
    for name in django_environment:  # they were read; programs that other tests start are not to find them
        del os.environ[name]
    call_command("migrate", verbosity=0)
    from django.contrib.auth.models import User  # noqa: PLC0415 - needs the applications

    user = User.objects.create(pk=7, username="seven")
    yield user
    connections.close_all()


@pytest.fixture
def flags_file(tmp_path: Path) -> Path:
    """Write the flags to a file of the test's own."""
    return write_flags(tmp_path / "flags.json")
