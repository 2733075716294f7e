"""Every screen of the console by its address, for what holds for all of them."""

from dataclasses import dataclass

from tests.console.stage import RELEASE


@dataclass(frozen=True)
class Screen:
    """A screen: the name of its pictures, its address below /admin, and a pattern of its heading."""

    name: str
    path: str
    heading: str
    of_one: bool = False
    """Whether its address names a document, without which it has nothing to show."""


SCREENS = (
    Screen("now", "/", "Now"),
    Screen("flags", "/flags", "Flags"),
    Screen("flag", "/flags/checkout-one-page?env=production", "checkout-one-page", of_one=True),
    Screen("segments", "/segments?env=production", "Segments"),
    Screen("segment", "/segments/production/beta-testers", "Beta testers", of_one=True),
    Screen("splits", "/splits?env=production", "Traffic splits"),
    Screen("split", "/splits/production/storefront", "storefront", of_one=True),
    Screen("rollouts", "/rollouts", "Rollouts"),
    Screen("rollout", f"/rollouts/production/{RELEASE}", RELEASE, of_one=True),
    Screen("plans", "/plans?env=production", "Plans"),
    Screen("plan", "/plans/production/storefront-canary", "storefront-canary", of_one=True),
    Screen("freezes", "/freezes?env=production", "Freezes"),
    Screen("rollout-new", "/rollouts/new?env=production", "rollout"),
    Screen("playground", "/playground?env=production", "Playground"),
    Screen("history", "/history?env=production", "History"),
    Screen("compare", "/compare?a=staging&b=production", "Compare"),
    Screen("hygiene", "/hygiene", "Hygiene"),
    Screen("clients", "/clients?env=production", "Clients"),
    Screen("audit", "/audit", "Audit"),
    Screen("environments", "/environments", "Environments"),
    Screen("access", "/access", "Access"),
    Screen("system", "/system", "System"),
)

MAIN = tuple(screen for screen in SCREENS if screen.name in {"now", "flags", "flag", "rollout", "split", "playground"})
"""Those that are needed when something is wrong."""
