"""Importing the SDK costs nothing and starts nothing; public names are what `__all__` says."""

import subprocess
import sys

import pytest

import flagsdk

PROBE = """
import sys, threading
{statement}
heavy = ["redis", "urllib3", "asyncio", "flagsdk.sources.redis", "flagsdk.sources.http"]
loaded = sys.modules.keys() & set(heavy)
assert not loaded, loaded
assert threading.active_count() == 1, threading.enumerate()
"""


@pytest.mark.parametrize(
    "statement",
    ["import flagsdk", "from flagsdk import Context", "from flagsdk import FlagClient, Context", "import flagsdk.core"],
)
def test_importing_loads_no_library_and_starts_no_thread(statement: str) -> None:
    probe = PROBE.format(statement=statement)

    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr


def test_a_client_of_redis_does_not_load_the_http_library() -> None:
    probe = """
import sys
from flagsdk import FlagClient
FlagClient("redis://127.0.0.1:1", environment="production").close()
assert "urllib3" not in sys.modules
FlagClient("http://127.0.0.1:1", token="t").close()
assert "urllib3" in sys.modules
"""

    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr


def test_all_public_names_exist() -> None:
    assert all(getattr(flagsdk, name) for name in flagsdk.__all__)
    assert set(flagsdk.__all__) <= set(dir(flagsdk))


def test_other_names_do_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Flags'"):
        _ = flagsdk.Flags
