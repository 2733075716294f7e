"""How a verb ends early."""

ERROR, USAGE, DIFFERENCES = 1, 2, 3
"""Exit codes; 0 is done."""


class CommandError(Exception):
    """What went wrong and how to mend it, in a line or two; `code` is the exit code."""

    def __init__(self, message: str, code: int = ERROR) -> None:
        super().__init__(message)
        self.code = code
