"""The notifiers file: who is told what happens to rollouts, and how."""

from pathlib import Path

from flagsvc.notifiers import options_of
from flagsvc.settings.named_file import Entry, Form, load_named

FORM = Form(
    variable="FLAGSVC_NOTIFIERS",
    member="notifiers",
    thing="a notifier",
    example="team-chat",
    options_of=options_of,
)


def load_notifiers(path: Path | None) -> tuple[Entry, ...]:
    """Read the file, {"notifiers": {NAME: {"kind": KIND, OPTION: value, …}}}; raises SettingsError with every fault.

    Without a path there are no notifiers.
    """
    return load_named(path, FORM)
