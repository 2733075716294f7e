"""The program: all commands in one place. What is heavy is imported by the command that needs it."""

import os
from importlib import import_module

import typer

from flagsvc.ctl import bucketing, contexts, evaluating, flags, raw, rollouts, setting, smoke
from flagsvc.ctl.files import commands, following
from flagsvc.ctl.raw import COMPLETE_VARIABLE, PROGRAM

HELP = """Flags, traffic splits and rollouts from the command line: a client of the service's API."""


def application() -> typer.Typer:
    """Build the program."""
    app = typer.Typer(
        name=PROGRAM,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        rich_markup_mode=None,  # plain help: it needs no rich, which would take longer than all the rest
        help=HELP,
    )
    for module in (setting, evaluating, bucketing, flags, rollouts, commands, following, smoke, contexts, raw):
        module.add(app)
    return app


def main() -> None:
    """Run the command line."""
    if COMPLETE_VARIABLE in os.environ:
        import_module("typer.completion").completion_init()  # it looks for shells: only a shell that asks needs it
    application()(prog_name=PROGRAM)
