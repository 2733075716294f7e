"""Which flags may be meant by a key that is not there."""

import pytest

from flagsvc.domain.unknown import Similar

MANY = [f"flag-{number:04}" for number in range(2000)]
NEAR = ["checkout-v2", "checkout-theme", "new-banner", "search"]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("chekout-v2", ["checkout-v2"]),
        ("checkout-v3", ["checkout-v2"]),
        ("checkoutV2", ["checkout-v2"]),
        ("NewBanner", ["new-banner"]),
        ("new_banner", ["new-banner"]),
        ("serach", ["search"]),
        ("something-else", []),
        ("x", []),
    ],
)
@pytest.mark.parametrize("others", [[], MANY], ids=["few", "among thousands"])
def test_the_nearest_keys_are_found(key: str, expected: list[str], others: list[str]) -> None:
    assert list(Similar([*NEAR, *others]).to(key))[:1] == expected


def test_at_most_three_the_nearest_first() -> None:
    assert Similar(MANY).to("flag-0007x")[0] == "flag-0007"
    assert len(Similar(MANY).to("flag-0007x")) == 3


def test_without_flags_nothing_is_near() -> None:
    assert Similar([]).to("checkout") == []
