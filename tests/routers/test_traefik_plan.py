"""The services of Traefik that carry a split, and what its API says of them: values in, values out."""

from typing import Any

import pytest

from flagsvc.domain.routing.target import Mirror
from flagsvc.routers.traefik_plan import Naming, flat, observed_in, services_of

BACKENDS = {"canary": "canary@file", "stable": "stable@file"}
PLAIN = Naming(service="checkout", backends=BACKENDS)
MIRRORED = Naming(service="checkout", backends=BACKENDS, mirror=True, cookie="side")
WEIGHTS = {"canary": 5_000, "stable": 95_000}


def said(naming: Naming, mirror: Mirror | None = None, **more: Any) -> dict[str, Any]:
    """Say what Traefik says of the services when it has taken them."""
    usual = {"status": "enabled", "usedBy": ["all@file"]} | more
    return {name: service | usual for name, service in services_of(naming, WEIGHTS, mirror).items()}


def test_keys_have_every_leaf_with_its_path() -> None:
    assert dict(flat(services_of(PLAIN, WEIGHTS, None), "root")) == {
        "root/checkout/weighted/services/0/name": "canary@file",
        "root/checkout/weighted/services/0/weight": "5000",
        "root/checkout/weighted/services/1/name": "stable@file",
        "root/checkout/weighted/services/1/weight": "95000",
    }


def test_the_keys_are_the_same_whatever_the_weights() -> None:
    others = {"canary": 0, "stable": 100_000}

    assert (
        dict(flat(services_of(PLAIN, WEIGHTS, None), "")).keys()
        == dict(flat(services_of(PLAIN, others, None), "")).keys()
    )


@pytest.mark.parametrize("mirror", [None, Mirror("canary", 7_000)])
def test_what_was_told_is_what_is_read(mirror: Mirror | None) -> None:
    observed = observed_in(MIRRORED, said(MIRRORED, mirror))

    assert (observed.weights, observed.mirror, observed.detail) == (WEIGHTS, mirror, "")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({}, "holds no service checkout"),
        (said(PLAIN, status="disabled", error=["no such thing"]), "no such thing"),
        ({"checkout": {"status": "enabled", "loadBalancer": {}}}, "another type"),
        ({"checkout": said(MIRRORED)["checkout-split"]}, "pins by the cookie 'side'"),
    ],
)
def test_what_carries_no_weights_says_why(found: dict[str, Any], words: str) -> None:
    observed = observed_in(PLAIN, found)

    assert observed.weights == {}
    assert words in observed.detail


def test_a_mirroring_service_before_something_else_carries_nothing() -> None:
    found = said(MIRRORED)
    found["checkout"]["mirroring"]["service"] = "other@file"

    assert "does not mirror checkout-split" in observed_in(MIRRORED, found).detail


def test_a_strange_member_keeps_its_own_name() -> None:
    found = said(PLAIN)
    found["checkout"]["weighted"]["services"].append({"name": "old@file", "weight": 3})

    assert observed_in(PLAIN, found).weights == WEIGHTS | {"old@file": 3}
