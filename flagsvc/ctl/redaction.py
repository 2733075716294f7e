"""Bodies for showing, with what is secret in them taken out."""

import json
from typing import Any

MOST_SHOWN = 4000
HIDDEN = "***"
_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_SECRET = ("token", "secret", "password", "authorization")


def hidden(body: bytes) -> str:
    """Give a body in one line of at most 4000 characters, without what its names say is secret."""
    text = body.decode("utf-8", "replace")
    try:
        text = json.dumps(_without(json.loads(text)), ensure_ascii=False)
    except ValueError:
        text = " ".join(text.split())
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + " …"


def _without(content: Any) -> Any:
    if isinstance(content, dict):
        return {name: HIDDEN if _is_secret(name, value) else _without(value) for name, value in content.items()}
    return [_without(each) for each in content] if isinstance(content, list) else content


def _is_secret(name: str, value: Any) -> bool:
    return isinstance(value, str) and any(name.lower().endswith(word) for word in _SECRET)


def hidden_header(name: str, value: str) -> str:
    """Give a header for showing: what proves who somebody is stays hidden."""
    return HIDDEN if name.lower() in _HEADERS else value
