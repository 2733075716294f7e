"""Usage of a generated module that must type-check: each accessor has the type of its flag, by every form of call."""

from typing import Literal, assert_never, assert_type

from flagsdk import Context, FlagClient
from tests.typing.generated_flags import CheckoutCohort, CheckoutTheme, Flags, Keys

Theme = Literal["classic", "dark", "light"]


def values(client: FlagClient) -> None:
    flags = Flags(client)
    user = Context("user-42", country="DE")

    assert_type(flags.new_checkout(), bool)
    assert_type(flags.new_checkout(user), bool)
    assert_type(flags.new_checkout("user-42", default=True), bool)
    assert_type(flags.checkout_theme(user), Theme)
    assert_type(flags.checkout_theme({"targetingKey": "u"}, default="dark"), Theme)
    assert_type(flags.checkout_cohort(user), Literal["canary", "stable"])


def every_theme(theme: CheckoutTheme) -> str:
    match theme:
        case "classic" | "light":
            return "day"
        case "dark":
            return "night"
        case _:
            assert_never(theme)


def backend(cohort: CheckoutCohort) -> int:
    return {"canary": 8081, "stable": 8080}[cohort]


def keys(client: FlagClient) -> None:
    assert_type(Keys.CHECKOUT_THEME, Literal["checkout-theme"])
    client.on_change([Keys.CHECKOUT_THEME, Keys.NEW_CHECKOUT], print)
    client.cohort_details(Keys.CHECKOUT_COHORT)


def several(clients: dict[str, FlagClient]) -> list[Flags]:
    return [Flags(client) for client in clients.values()]
