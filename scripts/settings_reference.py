"""The table of docs/reference/settings.md, made from the settings; the words around it are written by hand."""

import re

from flagsvc.settings import PREFIX, Settings, expectation

_TABLE = re.compile(r"(\| variable \| default \|.*\n\|---\|.*\n)(?:\|.*\n)+")


def page(text: str) -> str:
    """Give the page with the table as it is now; a page without one is an error."""
    made, count = _TABLE.subn(lambda found: found[1] + "".join(map(_row, Settings.model_fields)), text)
    if count != 1:
        raise ValueError(f"{count} tables of settings on the page")
    return made


def _row(field: str) -> str:
    info = Settings.model_fields[field]
    default = str(info.default).lower() if isinstance(info.default, bool) else info.default
    shown = "" if default in (None, ()) else f"`{default}`"
    return f"| `{PREFIX}{field.upper()}` | {shown} | {expectation(info)} | {info.description} |\n"
