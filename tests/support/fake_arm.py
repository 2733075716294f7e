"""Azure Resource Manager for one web app with slots, as strict as the real one where a router depends on it.

Knows rules, slots, app settings, swaps (accepted, under way for some requests, then in force), and the token endpoint
of a managed identity. Demands a bearer token, an api-version, and JSON of the documented shape.
"""

from collections.abc import Callable
from typing import Any

from tests.support.fake_http import Answer, Asked, Fake

SUBSCRIPTION, GROUP, SITE = "11111111-2222-3333-4444-555555555555", "shop-rg", "shop"
ROOT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.Web/sites/{SITE}"
VERSIONS = {"2024-04-01", "2025-05-01"}
RULE: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "actionHostName": str,
    "reroutePercentage": (int, float),
    "changeStep": (int, float),
    "changeIntervalInMinutes": int,
    "minReroutePercentage": (int, float),
    "maxReroutePercentage": (int, float),
    "changeDecisionCallbackUrl": str,
}
IDENTITY_SECRET = "of-the-identity"  # noqa: S105  # of a fake


class FakeArm(Fake):
    """`swap_requests`: how many requests a swap takes until it is in force; `fails`: why the next one fails.

    `fails_with`: the status that its operation has then, as App Service does it; 0: the word Failed in a 200.
    `operations_at`: where the addresses of operations lead.
    """

    def __init__(self) -> None:
        super().__init__()
        self.swap_requests = 2
        self.fails = ""
        self.fails_with = 0
        self.operations_at = self.url
        self.etags = False
        self.throttled = False
        self.state = {
            "config": {"alwaysOn": True, "minTlsVersion": "1.2", "experiments": {"rampUpRules": []}},
            "settings": {
                "production": {"FLAGSVC_BACKEND": "blue", "DB_PASSWORD": "kept-to-ourselves"},
                "staging": {"FLAGSVC_BACKEND": "green", "DB_PASSWORD": "another"},
            },
            "staying": ["DB_PASSWORD"],
            "operations": {},
            "changes": 1,
        }

    @property
    def rules(self) -> list[dict[str, Any]]:
        """The routing rules in force."""
        rules: list[dict[str, Any]] = self.state["config"]["experiments"]["rampUpRules"]
        return rules

    def host(self, slot: str) -> str:
        """Host of a slot."""
        return f"{SITE}-{slot}.azurewebsites.net"

    def exchange(self) -> None:
        """Swap at once, as a person would in the portal."""
        settings = self.state["settings"]
        for name in set(settings["production"]) | set(settings["staging"]):
            if name not in self.state["staying"]:
                here, there = settings["production"].get(name), settings["staging"].get(name)
                settings["production"][name], settings["staging"][name] = there, here

    def is_write(self, asked: Asked) -> bool:
        return asked.method == "PATCH" or asked.path.endswith("/slotsswap")

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/msi/token":
            return self._token(asked)
        if asked.headers.get("Authorization") != "Bearer of-azure":
            return _error(401, "AuthenticationFailed", "a bearer token is missing")
        if asked.query.get("api-version") not in VERSIONS:
            return _error(400, "InvalidApiVersionParameter", "The api-version is invalid")
        if self.throttled and self.is_write(asked):
            return _error(429, "TooManyRequests", "slow down", {"Retry-After": "1"})
        self._tick()
        return self._route(asked)

    def _route(self, asked: Asked) -> Answer:
        if asked.path.startswith("/forbidden/"):
            return _error(403, "AuthorizationFailed", "does not have authorization to read operationresults")
        if asked.path.startswith("/operations/"):
            return self._operation(asked.path)
        routes: dict[str, Callable[[], Answer]] = {
            f"GET {ROOT}/config/web": self._config,
            f"PATCH {ROOT}/config/web": lambda: self._patch(asked),
            f"GET {ROOT}/config/slotConfigNames": lambda: _found({"appSettingNames": self.state["staying"]}),
            f"GET {ROOT}/slots/staging": lambda: _found({"defaultHostName": self.host("staging")}),
            f"POST {ROOT}/config/appsettings/list": lambda: _found(self.state["settings"]["production"]),
            f"POST {ROOT}/slots/staging/config/appsettings/list": lambda: _found(self.state["settings"]["staging"]),
            f"POST {ROOT}/slots/staging/slotsswap": lambda: self._swap(asked),
        }
        route = routes.get(f"{asked.method} {asked.path}")
        return route() if route else _error(404, "ResourceNotFound", f"{asked.path} was not found")

    def _config(self) -> Answer:
        etag = {"ETag": f'"{self.state["changes"]}"'} if self.etags else {}
        return _found(self.state["config"], etag)

    def _patch(self, asked: Asked) -> Answer:
        if self.state["operations"]:
            return _error(409, "Conflict", "Cannot modify this site because another operation is in progress")
        if self.etags and asked.headers.get("If-Match") not in {None, "*", f'"{self.state["changes"]}"'}:
            return _error(412, "PreconditionFailed", "the resource was changed")
        content = asked.json()
        if wrong := _wrong(content):
            return _error(400, "BadRequest", wrong)
        self.state["config"] |= content["properties"]
        self.state["changes"] += 1
        return self._config()

    def _swap(self, asked: Asked) -> Answer:
        if self.state["operations"]:
            return _error(409, "Conflict", "Cannot modify this site because another operation is in progress")
        content = asked.json()
        if set(content) != {"targetSlot", "preserveVnet"} or type(content["preserveVnet"]) is not bool:
            return _error(400, "BadRequest", "targetSlot and preserveVnet are needed")
        if content["targetSlot"] != "production":
            return _error(404, "NotFound", "no such slot")
        number = str(self.state["changes"])
        self.state["changes"] += 1
        self.state["operations"][number] = {"left": self.swap_requests, "fails": self.fails}
        where = f"{self.operations_at}/operations/{number}?api-version=2025-05-01"
        return Answer(202, None, {"Location": where, "Azure-AsyncOperation": where + "&status=1", "Retry-After": "0"})

    def _operation(self, path: str) -> Answer:
        running = self.state["operations"].get(path.rpartition("/")[2])
        if running:
            return Answer(200, {"status": "InProgress"})
        ended = self.state.get("ended", {}).get(path.rpartition("/")[2])
        if ended is None:
            return _error(404, "NotFound", "no such operation")
        if ended and self.fails_with:
            return _error(self.fails_with, "ExpectationFailed", ended)
        error = {"code": "SwapFailed", "message": ended}
        return Answer(200, {"status": "Failed", "error": error} if ended else {"status": "Succeeded"})

    def _tick(self) -> None:
        for number, operation in list(self.state["operations"].items()):
            operation["left"] -= 1
            if operation["left"] < 0:
                del self.state["operations"][number]
                self.state.setdefault("ended", {})[number] = operation["fails"]
                if not operation["fails"]:
                    self.exchange()

    def _token(self, asked: Asked) -> Answer:
        if asked.headers.get("X-IDENTITY-HEADER") != IDENTITY_SECRET or not asked.query.get("resource"):
            return Answer(400, {"error": "no identity"})
        token = {"access_token": "of-azure", "expires_on": "4102444800", "token_type": "Bearer"}
        return Answer(200, {**token, "resource": asked.query["resource"]})


def _wrong(content: Any) -> str:
    if not isinstance(content, dict) or set(content) - {"properties", "kind"}:
        return "only properties"
    rules = content.get("properties", {}).get("experiments", {}).get("rampUpRules", [])
    for rule in rules:
        if any(name not in RULE or not isinstance(value, RULE[name]) for name, value in rule.items()):
            return f"the rule {rule} has a member of the wrong shape"
        if not {"name", "actionHostName", "reroutePercentage"} <= set(rule):
            return f"the rule {rule} lacks a member"
    shares = [rule["reroutePercentage"] for rule in rules]
    names = {rule["name"] for rule in rules}
    return "" if min(shares, default=0) >= 0 and sum(shares) <= 100 and len(names) == len(rules) else "over 100 %"


def _found(properties: Any, headers: dict[str, str] | None = None) -> Answer:
    resource = {"id": ROOT, "name": "of-the-app", "type": "Microsoft.Web/sites", "properties": properties}
    return Answer(200, resource, headers or {})


def _error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message}}, headers or {})
