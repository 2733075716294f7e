"""Which of the news about a rollout go into the demo's log, and in which style."""

PASSING = ("scheduled", "preparing", "moving", "baking", " placed", " idle", " restored")
FIGURES = ("healthy:", "unhealthy:", "unknown:", "errors ", "latency ", "warning:")
"""How lines end, or begin, that are true for a moment or stand elsewhere: the tree shows them, a log would be full."""
STYLES = {
    "rolling-back": "bold red",
    "rolled-back": "bold red",
    "aborted": "bold red",
    "succeeded": "bold green",
    "blast": "red",
    "split": "dim",
    "flag": "dim",
}
BACK = "rolled-back: everything has been read back as it was before"


def told(words: str, *, has_failed: bool) -> tuple[str, str] | None:
    """Give a line for the log, and its style; None for what is not told. `has_failed`: the rollout goes back."""
    if words.endswith(PASSING) or words.startswith(FIGURES) or " done: " in words:
        return None
    first = words.partition(" ")[0].rstrip(":,")
    if first == "blast" and not has_failed:
        return None
    return (BACK if first == "rolled-back" else words), STYLES.get(first, "")
