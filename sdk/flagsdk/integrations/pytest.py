"""A plugin for pytest: the fixture `flags`, and the mark `flags` that says what flags are in a test.

Pytest loads it by itself where the SDK is installed. It loads nothing but this file until a test asks for a flag.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

try:
    import pytest
except ImportError as missing:
    raise ImportError("flagsdk.integrations.pytest needs pytest: pip install 'flagsdk[pytest]'") from missing

if TYPE_CHECKING:
    from flagsdk.client import TestingClient

NAME = "flags"
INI = "flags_file"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting that names the known flags."""
    parser.addini(INI, "snapshot, or JSON object of keys and values, that holds the flags that there are", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known: `--strict-markers` refuses others."""
    config.addinivalue_line("markers", f"{NAME}(values, **by_keyword): serve these values of flags in the test")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let a mark work without the fixture in the test's arguments."""
    if isinstance(item, pytest.Function) and item.get_closest_marker(NAME) and NAME not in item.fixturenames:
        item.fixturenames.insert(0, NAME)


@pytest.fixture
def flags(request: pytest.FixtureRequest) -> "Iterator[TestingClient]":
    """Give a client of the test's own, which serves what the marks of the test, its class and its module say.

    With `flags_file` in the configuration, other flags are as in that file, and a mark with an unknown key, or with a
    value of another type, fails the test. The nearest mark wins; all threads and tasks of the test see it.
    """
    client = _client(request.config)
    for mark in reversed(list(request.node.iter_markers(NAME))):
        _serve(client, mark)
    yield client
    client.close()


def _client(config: pytest.Config) -> "TestingClient":
    from flagsdk.client import TestingClient  # noqa: PLC0415 - only for those who use it

    path = config.getini(INI)
    if not path:
        return TestingClient({})
    client = TestingClient(str((config.inipath or config.rootpath / "ini").parent / path))
    if not client.ready:
        pytest.fail(f"{INI}: {path} is missing, or neither a snapshot nor a JSON object of keys and values")
    return client


def _serve(client: "TestingClient", mark: pytest.Mark) -> None:
    values: Any = mark.args[0] if len(mark.args) == 1 else {}
    if len(mark.args) > 1 or not isinstance(values, Mapping):
        pytest.fail(f"mark {NAME}: give one mapping, keywords, or both")
    try:
        client.set(values, **mark.kwargs)
    except (KeyError, TypeError) as fault:
        pytest.fail(f"mark {NAME}: {fault.args[0]}")
