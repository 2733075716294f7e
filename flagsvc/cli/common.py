"""What every command needs: settings, the store, words for what is wrong, and exit codes."""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

import typer

from flagsvc import store
from flagsvc.domain.errors import Refused, for_the_log
from flagsvc.settings import Settings, SettingsError, load

USAGE, ERROR, DIFFERENT = 2, 1, 3


@contextmanager
def explained(settings: Settings) -> Iterator[None]:
    """Turn what can be wrong outside the program into words and exit code 1, wrong settings and files of theirs 2."""
    try:
        yield
    except SettingsError as error:
        fail(str(error), USAGE)
    except (store.Damaged, Refused, ValueError) as error:
        fail(for_the_log(error), ERROR)
    except OSError as error:
        fail(f"{error.strerror or error} ({settings.host}:{settings.port}, {settings.data_dir})", ERROR)


@contextmanager
def opened_store() -> Iterator[store.SqlStore]:
    """Open the store that the settings name, for the block; its schema is not touched. What goes wrong is explained."""
    settings = settings_or_end()
    with explained(settings):
        if settings.is_embedded:
            settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        opened = store.open_store(
            settings.database, chance=random.random, patience_seconds=settings.database_patience_seconds
        )
        try:
            with store.in_words():
                yield opened
        finally:
            opened.close()


def settings_or_end(defaults: Mapping[str, Any] | None = None) -> Settings:
    """Load the settings; wrong ones end the program with all faults and exit code 2."""
    try:
        return load(defaults)
    except SettingsError as error:
        fail(str(error), USAGE)


def fail(text: str, code: int) -> NoReturn:
    """End the program with a sentence on standard error."""
    typer.echo(f"flagsvc: {text}", err=True)
    raise typer.Exit(code)
