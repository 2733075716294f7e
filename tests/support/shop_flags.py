"""The flags of a web shop, as rows: what its console would show on an ordinary day."""

from collections.abc import Mapping
from typing import Any

WHOLE = 100_000
Serving = dict[str, Any]
DEVELOPMENT, STAGING, PRODUCTION = ENVIRONMENTS = ("development", "staging", "production")
EMPLOYEES = {"segment": "employees"}
BETA = {"segment": "beta-testers"}
LOYAL = {"segment": "loyal-customers"}


def where(attribute: str, op: str, *values: Any) -> dict[str, Any]:
    """Make a condition."""
    return {"attribute": attribute, "op": op, "values": list(values)}


def every(*conditions: Mapping[str, Any]) -> dict[str, Any]:
    """Join conditions by AND."""
    return {"all": list(conditions)}


def rule(name: str, when: Mapping[str, Any], serve: str = "on", text: str = "") -> dict[str, Any]:
    """Make a rule that serves one variant."""
    return {"id": name, "when": dict(when), "serve": serve, **({"description": text} if text else {})}


def partly(name: str, when: Mapping[str, Any], percent: float) -> dict[str, Any]:
    """Make a rule that splits."""
    return {"id": name, "when": dict(when), **share(percent)["default"]}


def on(*rules: Mapping[str, Any]) -> Serving:
    """Everybody has it."""
    return {"enabled": True, "rules": list(rules), "default": {"serve": "on"}}


def off(*rules: Mapping[str, Any]) -> Serving:
    """Nobody has it, but those whom a rule meets."""
    return {"enabled": bool(rules), "rules": list(rules), "default": {"serve": "off"}}


def share(percent: float, *rules: Mapping[str, Any]) -> Serving:
    """So many per cent have it."""
    part = round(percent * WHOLE / 100)
    weights = {"on": part, "off": WHOLE - part}
    return {"enabled": True, "rules": list(rules), "default": {"split": {"weights": weights}}}


def among(weights: Mapping[str, float], *rules: Mapping[str, Any]) -> Serving:
    """Split over named variants, in per cent."""
    split = {"weights": {name: round(1000 * part) for name, part in weights.items()}}
    return {"enabled": True, "rules": list(rules), "default": {"split": split}}


def always(variant: str, *rules: Mapping[str, Any]) -> Serving:
    """Serve everybody this variant."""
    return {"enabled": True, "rules": list(rules), "default": {"serve": variant}}


GERMAN = where("country", "in", "DE", "AT", "CH")
MOBILE = where("platform", "in", "ios", "android")
NEW_APP = every(MOBILE, where("appVersion", "semverGreaterThanOrEqual", "5.2.0"))
BIG_CART = where("cart.total", "greaterThan", 150)
STAFF = rule("staff", EMPLOYEES)
TESTERS = rule("beta", BETA)
LOYALS = rule("loyal", LOYAL, text="A thank-you to good customers")
REGION = rule("dach", GERMAN)
APPS = rule("apps", NEW_APP)
BIG_CARTS = rule("big-carts", every(GERMAN, BIG_CART))
CITIES = partly("cities", where("city", "in", "Berlin", "Hamburg", "Vienna"), 40)

# key, name, owner, tags, development, staging, production
BOOLEANS: tuple[tuple[str, str, str, str, Serving, Serving, Serving], ...] = (
    ("checkout-one-page", "One-page checkout", "checkout", "checkout experiment", on(), on(), share(25, STAFF)),
    ("checkout-express-pay", "Express payment buttons", "checkout", "checkout payments", on(), on(), share(50, APPS)),
    ("checkout-address-lookup", "Address lookup", "checkout", "checkout", on(), on(), on()),
    ("checkout-guest", "Guest checkout", "checkout", "checkout conversion", on(), on(), on()),
    ("checkout-gift-wrap", "Gift wrapping", "checkout", "checkout seasonal", on(), share(50), off(TESTERS)),
    ("checkout-split-shipment", "Split shipments", "logistics", "checkout delivery", on(), off(), off()),
    ("payments-apple-pay", "Apple Pay", "payments", "payments mobile", on(), on(), on()),
    ("payments-invoice", "Pay by invoice", "payments", "payments risk", on(), on(), off(REGION, LOYALS)),
    ("payments-instalments", "Instalments", "payments", "payments risk", on(), on(), share(10, BIG_CARTS)),
    ("payments-3ds-fallback", "3-D Secure fallback", "payments", "payments ops", on(), on(), on()),
    ("payments-retry-soft-decline", "Retry soft declines", "payments", "payments ops", on(), share(50), share(5)),
    ("search-semantic", "Semantic search", "discovery", "search experiment ml", on(), on(), share(12.5, STAFF)),
    ("search-typo-tolerance", "Typo tolerance", "discovery", "search", on(), on(), on()),
    ("search-voice", "Voice search", "discovery", "search mobile", on(), off(APPS), off()),
    ("search-facets-v2", "New facets", "discovery", "search web", on(), on(), share(75)),
    ("recommendations-realtime", "Real-time recommendations", "discovery", "ml home", on(), on(), share(33.333)),
    ("recommendations-basket", "Goes with your basket", "discovery", "ml checkout", on(), share(50), share(5, LOYALS)),
    ("pricing-loyalty-discount", "Loyalty discount", "pricing", "pricing loyalty", on(), on(), off(LOYALS)),
    ("pricing-dynamic-shipping", "Dynamic shipping fees", "pricing", "pricing delivery", on(), share(50), share(1)),
    ("pricing-show-unit-price", "Unit prices", "pricing", "pricing legal", on(), on(), on()),
    ("delivery-same-day", "Same-day delivery", "logistics", "delivery", on(), on(), off(CITIES)),
    ("delivery-slots", "Delivery time slots", "logistics", "delivery", on(), on(), share(60)),
    ("delivery-live-tracking", "Live tracking", "logistics", "delivery mobile", on(), on(), share(90)),
    ("returns-self-service", "Self-service returns", "logistics", "returns", on(), on(), on()),
    ("returns-instant-refund", "Instant refunds", "payments", "returns risk", on(), off(), off(LOYALS)),
    ("account-passkeys", "Passkeys", "identity", "account security", on(), on(), share(20, STAFF, TESTERS)),
    ("account-social-login", "Social login", "identity", "account", on(), on(), on()),
    ("account-delete-self-service", "Delete my account", "identity", "account legal", on(), on(), on()),
    ("home-personal-hero", "Personal hero banner", "growth", "home ml", on(), on(), share(50)),
    ("home-dark-mode", "Dark mode", "growth", "home web", on(), on(), share(80)),
    ("product-video", "Product videos", "growth", "product media", on(), on(), share(30)),
    ("product-ar-preview", "View in your room", "growth", "product mobile", on(), off(), off(APPS)),
    ("product-review-photos", "Photos in reviews", "growth", "product", on(), on(), on()),
    ("ops-maintenance-banner", "Maintenance banner", "platform", "ops", off(), off(), off()),
    ("ops-read-only-catalogue", "Read-only catalogue", "platform", "ops kill-switch", off(), off(), off()),
    ("ops-image-cdn-v2", "New image CDN", "platform", "ops media", on(), on(), share(66)),
)  # fmt: skip

# key, name, type, owner, tags, variants, development, staging, production
OTHERS: tuple[tuple[str, str, str, str, str, dict[str, Any], Serving, Serving, Serving], ...] = (
    ("checkout-button-text", "Wording of the buy button", "string", "growth", "checkout experiment",
     {"control": "Buy now", "friendly": "Yes, I want it", "calm": "Order with obligation to pay"},
     always("friendly"), always("friendly"),
     among({"control": 40, "friendly": 30, "calm": 30}, rule("dach", GERMAN, "calm"))),
    ("search-page-size", "Results on a page", "integer", "discovery", "search",
     {"small": 24, "medium": 48, "large": 96}, always("medium"), always("medium"), among({"small": 50, "medium": 50})),
    ("pricing-free-shipping-from", "Free shipping from", "float", "pricing", "pricing delivery",
     {"low": 29.0, "usual": 49.0, "high": 69.0}, always("usual"), always("usual"),
     always("usual", rule("loyal", LOYAL, "low"))),
    ("home-layout", "Layout of the home page", "object", "growth", "home experiment",
     {"classic": {"columns": 4, "hero": True}, "magazine": {"columns": 3, "hero": True},
      "dense": {"columns": 6, "hero": False}},
     always("magazine"), among({"classic": 50, "magazine": 50}), among({"classic": 80, "magazine": 15, "dense": 5})),
    ("ops-log-sample", "Share of requests that are logged", "float", "platform", "ops",
     {"none": 0.0, "little": 0.01, "all": 1.0}, always("all"), always("all"), always("little")),
)  # fmt: skip


def flags() -> list[dict[str, Any]]:
    """Give every flag as a body of the API."""
    booleans = [
        {
            **_texts(key, name, owner, tags),
            "type": "boolean",
            "variants": {"on": True, "off": False},
            "environments": dict(zip(ENVIRONMENTS, serving, strict=True)),
        }
        for key, name, owner, tags, *serving in BOOLEANS
    ]
    others = [
        {
            **_texts(key, name, owner, tags),
            "type": kind,
            "variants": variants,
            "environments": {
                place: {"offVariant": next(iter(variants)), **each}
                for place, each in zip(ENVIRONMENTS, serving, strict=True)
            },
        }
        for key, name, kind, owner, tags, variants, *serving in OTHERS
    ]
    return [*booleans, *others]


def _texts(key: str, name: str, owner: str, tags: str) -> dict[str, Any]:
    expires = {"expires": "2026-03-31"} if "experiment" in tags else {}
    description = f"{name}, for customers of the web shop and its apps."
    return {"key": key, "name": name, "owner": owner, "tags": tags.split(), "description": description, **expires}
