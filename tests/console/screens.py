"""Every screen of the console by its address, for what holds for all of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Screen:
    """A screen: the name of its pictures, its address below /admin, and a pattern of its heading."""

    name: str
    path: str
    heading: str


SCREENS = (
    Screen("now", "/", "Now"),
    Screen("flags", "/flags", "Flags"),
    Screen("flag", "/flags/checkout-v2?env=production", "checkout-v2"),
    Screen("segments", "/segments?env=production", "Segments"),
    Screen("segment", "/segments/production/beta-testers", "beta-testers"),
    Screen("splits", "/splits?env=production", "Traffic splits"),
    Screen("split", "/splits/production/checkout", "checkout"),
    Screen("rollouts", "/rollouts", "Rollouts"),
    Screen("plans", "/plans?env=production", "Plans"),
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
