"""Regular expressions by RE2 only: linear time, whatever the pattern and the text."""

from collections.abc import Callable

import re2

MAX_MEMORY = 1 << 20


class BadPattern(ValueError):
    """RE2 does not accept the pattern; the text is its reason."""


def search_of(pattern: str, *, ignore_case: bool = False) -> Callable[[str], bool | None]:
    """Prepare an unanchored search; the result is None for a text that is not valid Unicode. Raises BadPattern."""
    options = re2.Options()
    options.max_mem = MAX_MEMORY
    options.log_errors = False
    options.never_capture = True
    options.case_sensitive = not ignore_case
    try:
        compiled = re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError) as fault:
        raise BadPattern(_words(fault)) from fault

    def search(text: str) -> bool | None:
        try:
            return compiled.search(text) is not None
        except UnicodeEncodeError:
            return None

    return search


def _words(fault: Exception) -> str:
    """RE2 gives its reason as bytes."""
    reason = fault.args[0] if fault.args else b""
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(fault)
