"""The committed module of the sample flags is the one that is written now, and reads what a client serves."""

import asyncio
from pathlib import Path

import pytest

from flagsdk import AsyncFlagClient, FlagClient
from flagsdk.codegen import python_module
from flagsdk.wire import whole_json
from flagsvc.sample import ENVIRONMENT
from tests.codegen.sample import COMMITTED, sample_documents
from tests.sdk.documents import whole
from tests.typing.generated_flags import Flags, Keys


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return sample_documents(tmp_path_factory.mktemp("sample"))


def test_the_committed_copy_is_current(documents: dict[str, str]) -> None:
    assert COMMITTED.read_text("utf-8") == python_module(documents, ENVIRONMENT), "run python -m tests.codegen.sample"


def test_it_reads_what_tests_put_in_place_and_what_a_client_for_asyncio_serves() -> None:
    client = FlagClient.for_testing({Keys.CHECKOUT_THEME: "light"})
    for_asyncio = AsyncFlagClient(offline=True, bootstrap={Keys.CHECKOUT_THEME: "dark"})

    with client.override(checkout_theme="dark"):
        assert Flags(client).checkout_theme() == "dark"

    assert Flags(client).checkout_theme() == "light"
    asyncio.run(for_asyncio.wait_ready(1))
    assert Flags(for_asyncio).checkout_theme() == "dark"
    asyncio.run(for_asyncio.close())


def test_it_reads_what_each_of_several_clients_serves(documents: dict[str, str], tmp_path: Path) -> None:
    served, empty = tmp_path / "served.json", tmp_path / "values.json"
    served.write_text(whole_json(whole(documents)), "utf-8")
    empty.write_text('{"checkout-theme": "dark"}', "utf-8")

    with FlagClient(file=str(served)) as one, FlagClient(file=str(empty)) as other:
        assert Flags(one).checkout_theme("user-1") == "dark"  # a member of the beta
        assert {Flags(one).new_checkout(f"user-{number}") for number in range(100)} == {True, False}
        assert {Flags(one).checkout_cohort(f"user-{number}") for number in range(200)} == {"stable", "canary"}
        assert Flags(other).checkout_theme() == "dark"
        assert Flags(other).new_checkout() is False
        assert Flags(other).new_checkout(default=True) is True
        assert {use.key for use in one.usage()} == {Keys.CHECKOUT_THEME, Keys.NEW_CHECKOUT, Keys.CHECKOUT_COHORT}
