"""The program: all commands in one place. What is heavy is imported by the command that needs it."""

import typer

from flagsvc.ctl import bucketing, contexts, evaluating, flags, raw, setting

HELP = """Flags, traffic splits and rollouts from the command line: a client of the service's API."""


def application() -> typer.Typer:
    """Build the program."""
    app = typer.Typer(
        name="flagctl",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # plain help: it needs no rich, which would take longer than all the rest
        help=HELP,
    )
    for module in (setting, evaluating, bucketing, flags, contexts, raw):
        module.add(app)
    return app


def main() -> None:
    """Run the command line."""
    application()(prog_name="flagctl")
