"""The command `flagsvc`: run the service, look after its database, show its settings."""

import gc
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from socket import socket
from typing import Annotated, Any

import typer

from flagsvc import __version__, logs, signing
from flagsvc.app import Founding, Service
from flagsvc.app import demo as trial
from flagsvc.app.metric_sources import checked_sources
from flagsvc.app.notices import checked as notifiers_checked
from flagsvc.app.routers_check import Line, checked
from flagsvc.cli.common import ERROR, USAGE, explained, fail, settings_or_end
from flagsvc.cli.db import db
from flagsvc.runner.arenas import few_arenas
from flagsvc.runner.server import Server, bind
from flagsvc.settings import (
    Settings,
    SettingsError,
    load_metric_sources,
    load_notifiers,
    load_routers,
    shown,
    warnings,
)

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
config = typer.Typer(no_args_is_help=True, help="Settings.")
keys = typer.Typer(no_args_is_help=True, help="Keys for signed snapshots.")
routers = typer.Typer(no_args_is_help=True, help="The file that names routers.")
app.add_typer(db, name="db")
app.add_typer(config, name="config")
edge = typer.Typer(no_args_is_help=True, help="Modules for load balancers that decide by themselves.")
app.add_typer(keys, name="keys")
app.add_typer(edge, name="edge")
app.add_typer(routers, name="routers")
metric_sources = typer.Typer(no_args_is_help=True, help="The file that names metric sources.")
app.add_typer(metric_sources, name="metric-sources")
notifiers = typer.Typer(no_args_is_help=True, help="The file that names notifiers.")
app.add_typer(notifiers, name="notifiers")

RoutersFile = Annotated[Path | None, typer.Argument(help="The file; FLAGSVC_ROUTERS unless given.")]
SourcesFile = Annotated[Path | None, typer.Argument(help="The file; FLAGSVC_METRIC_SOURCES unless given.")]
Connect = Annotated[bool, typer.Option("--connect", help="Also read what is in force at each; tells nobody anything.")]
Ask = Annotated[bool, typer.Option("--connect", help="Also ask each something harmless.")]
NotifiersFile = Annotated[Path | None, typer.Argument(help="The file; FLAGSVC_NOTIFIERS unless given.")]
Send = Annotated[bool, typer.Option("--send", help="Also send each a trial notice.")]
_log = logging.getLogger(__name__)


def main() -> None:
    """Run the command line."""
    app()


@app.command()
def serve() -> None:
    """Run the service."""
    settings = settings_or_end()
    founding = Founding(
        admin_token=_secret(settings.admin_token),
        evaluation_token=_secret(settings.sample_token),
        sample_data=settings.sample_data,
    )
    _run(settings, founding, lambda url: _say(f"flagsvc listens at {url}"))


@app.command()
def demo() -> None:
    """Run the service with sample data, and print how to try it."""
    settings = settings_or_end(trial.DEFAULTS)
    tokens = trial.tokens_of(settings)
    _run(settings, trial.founding_of(tokens), lambda url: _say(trial.words(url, settings, tokens)))


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


@keys.command("new")
def keys_new() -> None:
    """Make a key for signed snapshots: the service keeps the first line secret, SDKs pin the second."""
    pair = signing.new_pair()
    typer.echo(f"FLAGSVC_SIGNING_KEY={pair.private}\nFLAGSDK_PUBLIC_KEY={pair.public}")


@keys.command("public")
def keys_public() -> None:
    """Print the public key of the FLAGSVC_SIGNING_KEY that is set, and on standard error its id."""
    key = settings_or_end().signing
    if key is None:
        fail("FLAGSVC_SIGNING_KEY is not set", ERROR)
    pair = signing.pair_of(key)
    typer.echo(pair.public)
    typer.echo(f"key {pair.id}", err=True)


@config.command("show")
def config_show() -> None:
    """Print every setting, its value (secrets hidden) and where it came from."""
    settings = settings_or_end()
    rows = shown(settings)
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for name, value, origin in rows:
        typer.echo(f"{name:<{widths[0]}}  {value:<{widths[1]}}  {origin}")
    for warning in warnings(settings):
        typer.echo(warning, err=True)


@edge.command("list")
def edge_list() -> None:
    """Print the load balancers that there are modules for, and their files."""
    for name, modules in sorted(_edge_modules().items()):
        typer.echo(f"{name}  {' '.join(sorted(modules))}")


@edge.command("show")
def edge_show(name: str, file: Annotated[str | None, typer.Argument()] = None) -> None:
    """Print a module of a load balancer; with FILE that one, where there are several."""
    modules = _edge_modules().get(name, {})
    if not modules:
        fail(f"there is no module for {name!r}; known: {', '.join(sorted(_edge_modules()))}", USAGE)
    chosen = file or (next(iter(modules)) if len(modules) == 1 else "")
    if chosen not in modules:
        fail(f"say which file of {name}: {', '.join(sorted(modules))}", USAGE)
    typer.echo(modules[chosen].read_text(encoding="utf-8"), nl=False)


@routers.command("check")
def routers_check(file: RoutersFile = None, *, connect: Connect = False) -> None:
    """Check the routers file: exit 2 with every fault; with --connect, exit 1 when one cannot be read."""
    _check_file("routers", file, lambda path: checked(load_routers(path), connect=connect))


@metric_sources.command("check")
def metric_sources_check(file: SourcesFile = None, *, connect: Ask = False) -> None:
    """Check the file of metric sources: exit 2 with every fault; with --connect, exit 1 when one cannot be read."""
    _check_file("metric_sources", file, lambda path: checked_sources(load_metric_sources(path), connect=connect))


@metric_sources.callback()
@routers.callback()
def _alone() -> None:
    """Keep `check` a command of its own, though it is the only one."""


@notifiers.command("check")
def notifiers_check(file: NotifiersFile = None, *, send: Send = False) -> None:
    """Check the notifiers file: exit 2 with every fault; with --send, exit 1 when one cannot be told."""
    _check_file("notifiers", file, lambda path: notifiers_checked(load_notifiers(path), send=send))


@notifiers.callback()
def _notifiers() -> None:
    """Keep `check` a command of its own, though it is the only one."""


def _check_file(setting: str, file: Path | None, check: Callable[[Path], Iterator[Line]]) -> None:
    settings = settings_or_end()
    path: Path | None = file or getattr(settings, setting)
    if path is None:
        fail(f"name a file, or set FLAGSVC_{setting.upper()}", USAGE)
    with explained(settings):
        failed = _shown(check(path))
    if failed:
        raise typer.Exit(ERROR)


def _run(settings: Settings, founding: Founding, ready: Callable[[str], None]) -> None:
    few_arenas()  # before there are threads
    logs.configure(settings.log_level, settings.log_format)
    for warning in warnings(settings):
        _log.warning(warning)
    with explained(settings), ExitStack() as sockets:
        ports = {"FLAGSVC_PORT": settings.port, "FLAGSVC_METRICS_PORT": settings.metrics_port}
        listeners = [
            sockets.enter_context(closing(_bound(settings.host, port, setting)))
            for setting, port in ports.items()
            if port is not None
        ]
        sockets.callback(_traced(settings))
        service = Service(settings, founding, _announce)
        try:
            service.start()
            gc.collect()
            gc.freeze()  # what is compiled now lives long: the collector need not walk it again and again
            url = _url(settings.host, listeners[0].getsockname()[1])
            Server(service.asgi, service.departure, lambda: ready(url)).run(sockets=listeners)
        finally:
            service.stop()


def _bound(host: str, port: int, setting: str) -> socket:
    """Take the address; where that is not possible, end with the settings that say it."""
    try:
        return bind(host, port)
    except OSError as error:
        fail(f"{host}:{port}: {error.strerror or error}; FLAGSVC_HOST and {setting} say where to listen", ERROR)


def _traced(settings: Settings) -> Callable[[], None]:
    """Begin to trace where that is on; gives what ends it. Raises SettingsError without the extra."""
    if not settings.tracing:
        return lambda: None
    try:
        tracing = import_module("flagsvc.tracing")
    except ModuleNotFoundError as error:
        fault = (
            f"FLAGSVC_TRACING needs the package {str(error.name).partition('.')[0]!r}: pip install 'flagsvc[tracing]'"
        )
        raise SettingsError([fault]) from error
    stop: Callable[[], None] = tracing.Tracing(__version__).stop
    return stop


def _edge_modules() -> dict[str, dict[str, Traversable]]:
    """Find the modules that came with this package, by load balancer and file."""
    folders = (entry for entry in files("flagsvc.routers").joinpath("edge").iterdir() if entry.is_dir())
    modules = {folder.name: {file.name: file for file in folder.iterdir() if file.is_file()} for folder in folders}
    return {name: found for name, found in modules.items() if found}


def _announce(token: str) -> None:
    _say(f"\nThe first admin token, shown this once:\n\n  {token}\n")


def _url(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host) or (f"[{host}]" if ":" in host else host)  # noqa: S104  # compared
    return f"http://{shown}:{port}"


def _secret(secret: Any) -> str | None:
    return None if secret is None else str(secret.get_secret_value())


def _shown(lines: Iterator[Line]) -> bool:
    """Print lines as they come; tells whether one of them has failed."""
    failed = False
    for line in lines:
        typer.echo(line.text)
        failed = failed or line.failed
    return failed


def _say(text: str) -> None:
    typer.echo(text)
    sys.stdout.flush()
