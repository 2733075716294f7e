"""Flags and traffic splits of the environment `production`, typed.

Written by `flagsdk codegen python`: do not edit it, run that again.
Written from: fa5ff866f7dbd7aba08bbca77d558d47a39603fa1369b492269cd28cfcb159a6.
"""

from typing import Final, Literal, cast

from flagsdk import ContextLike, Reading

CheckoutTheme = Literal["classic", "dark", "light"]
CheckoutCohort = Literal["canary", "stable"]


class Keys:
    """The keys, for `on_change`, `override` and the like."""

    CHECKOUT_THEME: Final = "checkout-theme"
    NEW_CHECKOUT: Final = "new-checkout"
    CHECKOUT_COHORT: Final = "checkout"


class Flags:
    """Typed reads by one client. Without an answer they give `default`, by itself the off variant's value."""

    __slots__ = ("_client",)

    def __init__(self, client: Reading) -> None:
        self._client = client

    def checkout_theme(
        self,
        context: ContextLike = None,
        *,
        default: CheckoutTheme = "classic",
    ) -> CheckoutTheme:
        """Value of the string flag `checkout-theme`.

        Theme of the checkout: Three looks, compared; members of the beta see the dark
        one.

        Owner: payments.
        """
        return cast(
            "CheckoutTheme",
            self._client.get_string("checkout-theme", context, default),
        )

    def new_checkout(
        self,
        context: ContextLike = None,
        *,
        default: bool = False,
    ) -> bool:
        """Value of the boolean flag `new-checkout`.

        New checkout: The checkout page, rewritten.

        Owner: payments.
        """
        return self._client.get_boolean("new-checkout", context, default)

    def checkout_cohort(
        self,
        context: ContextLike = None,
        *,
        default: CheckoutCohort = "stable",
    ) -> CheckoutCohort:
        """Cohort of the traffic split `checkout`.

        Checkout service: Shares its salt with new-checkout: who is in the canary also
        sees the new page.
        """
        return cast("CheckoutCohort", self._client.cohort("checkout", context, default))
