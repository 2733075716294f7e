"""A flag to play with, and the ways of the playground's screen."""

from typing import Any

from playwright.sync_api import Locator, Page

from tests.console.browser import Console
from tests.support.service import Service

PRODUCTION = "environments/production"
GERMAN = {"attribute": "country", "op": "in", "values": ["DE", "AT"]}
WHY = {"X-Change-Reason": "A test"}
UNITS = [f"user-{number}" for number in range(1, 401)]
QUARTER, MORE = {"on": 25_000, "off": 75_000}, {"on": 40_000, "off": 60_000}


class Flag:
    """A flag of one test, in production: a rule for Germany and Austria, and a default that splits."""

    def __init__(self, service: Service, key: str) -> None:
        self.service, self.key = service, key
        off = {"enabled": False, "offVariant": "off", "default": {"serve": "off"}, "rules": []}
        places = {item["key"]: off for item in service.call("GET", "environments")["items"]}
        body = {"key": key, "type": "boolean", "variants": {"on": True, "off": False}}
        self.first: dict[str, Any] = {
            "enabled": True,
            "offVariant": "off",
            "rules": [{"id": "dach", "when": {"all": [GERMAN, {"segment": key}]}, "serve": "on"}],
            "default": {"split": {"weights": QUARTER}},
        }
        segment = {"key": key, "included": ["user-42"], "excluded": ["user-43"]}
        service.call("POST", f"{PRODUCTION}/segments", segment, **WHY)
        service.call("POST", "flags", {**body, "environments": {**places, "production": self.first}}, **WHY)

    def switch_off(self) -> None:
        version = self.service.call("GET", f"{PRODUCTION}/flags/{self.key}")["version"]
        body = {**self.first, "rules": [], "enabled": False}
        self.service.call("PUT", f"{PRODUCTION}/flags/{self.key}", body, **WHY, **{"If-Match": f'"{version}"'})

    def evaluate(self, context: dict[str, Any], **members: Any) -> Any:
        body = {"flag": self.key, "context": context, "explain": True, **members}
        return self.service.call("POST", f"{PRODUCTION}/evaluate", body)

    def batch(self, **members: Any) -> Any:
        return self.service.call("POST", f"{PRODUCTION}/evaluate/batch", {"flag": self.key, "details": True, **members})


def opened(console: Console, flag: Flag, more: str = "") -> Page:
    return console.go(f"/playground?env=production&flag={flag.key}{more}", "Playground")


def give(page: Page, unit: str, **attributes: str) -> None:
    """Fill in the context's form."""
    page.get_by_label("Targeting key").fill(unit)
    for place, (name, value) in enumerate(attributes.items(), 1):
        page.get_by_role("button", name="Attribute", exact=True).click()
        page.get_by_role("combobox", name=f"Name of attribute {place}").fill(name)
        page.get_by_label(f"Value of {name}").fill(value)


def sentence(page: Page, words: str) -> Locator:
    return page.get_by_role("main").get_by_role("status").filter(has_text=words)


def paste(page: Page, units: list[str]) -> None:
    page.get_by_role("textbox", name="Units").fill("\n".join(units))
