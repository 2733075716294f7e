"""Write what is made from the code: reference pages and files, alerts and the dashboard.

Tests compare them with what is committed.
"""

from importlib.metadata import version
from pathlib import Path

from flagsvc.http.admin import OPERATIONS
from flagsvc.http.docs_page import json_text
from flagsvc.http.openapi import document
from flagsvc.http.problem_codes import CODES
from scripts import (
    alerts,
    api_reference,
    ctl_reference,
    dashboard,
    helm_values,
    sdk_reference,
    settings_reference,
    svc_reference,
)

REFERENCE = Path(__file__).parents[1] / "docs/reference"
HEAD = """# Problems

Every refusal is `application/problem+json` (RFC 9457). `type` leads here (the service serves this list at
`/docs/problems`), `code` is stable and never reused, `detail` says what happened, `requestId` finds it in the logs, and
`errors` lists every fault with a pointer: an RFC 6901 pointer into the body, or `query/NAME`, `path/NAME`,
`header/NAME` for a parameter.

```json
{
  "type": "/docs/problems#invalid",
  "title": "The request is well formed but its meaning is wrong",
  "status": 422,
  "detail": "/default/split/weights: The weights add up to 90000, not 100000.",
  "instance": "/api/v1/environments/production/flags/new-checkout",
  "code": "invalid",
  "requestId": "4bf92f3577b34da6a3ce929d0e0e4736",
  "errors": [
    {"pointer": "/default/split/weights", "code": "weights-sum", "detail": "The weights add up to 90000, not 100000."}
  ]
}
```

| code | status | meaning | what to do |
|---|---|---|---|
"""


def problems() -> str:
    """Write the page of problems."""
    rows = [f"| `{code.code}` | {code.status} | {code.title} | {code.remedy} |\n" for code in CODES.values()]
    return HEAD + "".join(rows)


def texts() -> dict[str, str]:
    """Give what every generated file has to hold, by its name in docs/reference."""
    described = document(OPERATIONS, version("flagsvc"))
    return {
        "api.md": api_reference.page(described),
        "flagctl.md": ctl_reference.page(),
        "flagsvc.md": svc_reference.page(),
        "helm-values.md": helm_values.page(),
        "openapi.json": json_text(described),
        "problems.md": problems(),
        "sdk.md": sdk_reference.page(),
        "settings.md": settings_reference.page((REFERENCE / "settings.md").read_text("utf-8")),
    }


def main() -> None:
    """Write all files."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, text in texts().items():
        (REFERENCE / name).write_text(text, "utf-8")
    alerts.main([])
    dashboard.main()


if __name__ == "__main__":
    main()
