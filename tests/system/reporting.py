"""A reporter beside a real client, driven by the test instead of by the client's thread."""

from flagsdk import Context, FlagClient
from flagsdk.delivery import Delivery
from flagsdk.reporting import Reporter


def reporter_of(client: FlagClient, url: str, token: str, application: str = "shop") -> Reporter:
    """Make the reporter of a client that is ready, with its sampling begun."""
    reporter = Reporter(client._usage, Delivery(url, token), application=application)
    snapshot = client._in_force.snapshot
    assert snapshot is not None
    reporter.installed(snapshot)
    reporter.tick()
    return reporter


def warm(client: FlagClient, *flags: str) -> None:
    """Compile flags, so that a reporter's first look finds them."""
    for flag in flags:
        client.is_enabled(flag, Context("nobody"))


def ask(client: FlagClient, flag: str, users: int, times: int = 1, first: int = 0) -> None:
    """Ask for a flag, so many times for each of so many users."""
    for _ in range(times):
        for number in range(first, first + users):
            client.is_enabled(flag, Context(f"user-{number}"))


def flush(reporter: Reporter) -> None:
    """Report now what would be reported within a minute, unless the last try failed."""
    reporter._flush_due = reporter._due = float("-inf")
    reporter.tick()
