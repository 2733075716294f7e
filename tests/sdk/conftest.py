"""A client of a scripted source that holds one flag."""

from collections.abc import Iterator

import pytest

from flagsdk import FlagClient
from tests.sdk.documents import FIRST
from tests.sdk.scripted import Scripted


@pytest.fixture
def source() -> Scripted:
    return Scripted(FIRST)


@pytest.fixture
def client(source: Scripted) -> Iterator[FlagClient]:
    with FlagClient(source) as made:
        yield made
