"""The demo: the service with sample data, and words to try it with that work exactly as they are printed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flagsvc.app.founding import Founding, mint
from flagsvc.domain.tokens import token_text
from flagsvc.settings import Settings

ENVIRONMENT = "production"
DEFAULTS: Mapping[str, Any] = {"sample_data": True, "drain_seconds": 0.0, "shutdown_seconds": 1, "log_level": "warning"}
TOKENS_FILE = "demo-tokens.json"

WORDS = """
flagsvc is ready at {url}   (Ctrl-C ends it; data in {data_dir})

  Admin token                       {admin}
  Evaluation token for production   {evaluation}

Ask for a flag, ask for a traffic cohort, move new-checkout to 50 %:

curl -s {url}/ofrep/v1/evaluate/flags/new-checkout -H 'Authorization: Bearer {evaluation}' \
-H 'Content-Type: application/json' -d '{{"context":{{"targetingKey":"user-42"}}}}'
curl -si {url}/traffic/v1/production/checkout/decide -H 'X-User-Id: user-42'
curl -s {url}/api/v1/environments/production/flags/new-checkout/weights -H 'Authorization: Bearer {admin}' \
-H 'Content-Type: application/json' -d '{{"weights":{{"on":50000,"off":50000}}}}'

The same flag in Python, evaluated locally (.venv/bin/python):

{snippet}

Console: {url}/admin   (sign in with the admin token)
API reference: {url}/docs   Health: {url}/health   Metrics: {url}/metrics
"""

SNIPPET = """\
from flagsdk import Context, FlagClient

with FlagClient("{url}", token="{sdk}") as flags:
    for number in range(10):
        user = Context(f"user-{{number}}", country="DE")
        print(user["targetingKey"], flags.is_enabled("new-checkout", user), flags.cohort("checkout", user))"""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The three tokens of a demo."""

    admin: str
    evaluation: str
    sdk: str


def tokens_of(settings: Settings) -> Tokens:
    """Take the tokens that the settings fix, and draw the others, once per data directory.

    Drawn ones are kept in a file that only its owner can read, so that what the first start printed goes on working.
    """
    path = settings.data_dir / TOKENS_FILE
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else _drawn()
    if not path.exists():
        _keep(path, kept)
    fixed = {"admin": settings.admin_token, "evaluation": settings.sample_token}
    given = {kind: secret.get_secret_value() for kind, secret in fixed.items() if secret is not None}
    return Tokens(**{**kept, **given})


def founding_of(tokens: Tokens) -> Founding:
    """Make the first start of a demo: all three tokens are known."""
    return Founding(
        admin_token=tokens.admin, evaluation_token=tokens.evaluation, sdk_token=tokens.sdk, sample_data=True
    )


def words(url: str, settings: Settings, tokens: Tokens) -> str:
    """Write what a demo prints."""
    snippet = SNIPPET.format(url=url, sdk=tokens.sdk)
    return WORDS.format(
        url=url, data_dir=settings.data_dir, admin=tokens.admin, evaluation=tokens.evaluation, snippet=snippet
    )


def _drawn() -> dict[str, str]:
    places = {"admin": None, "evaluation": ENVIRONMENT, "sdk": ENVIRONMENT}
    return {kind: token_text(kind, environment, mint()) for kind, environment in places.items()}


def _keep(path: Path, tokens: Mapping[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(json.dumps(tokens), encoding="utf-8")
