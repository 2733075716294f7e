"""Write docs/reference (OpenAPI, problems, SDK, flagctl, chart values), alerts and the dashboard. Tests compare."""

from importlib.metadata import version
from pathlib import Path

from flagsvc.http.admin import OPERATIONS
from flagsvc.http.docs_page import json_text
from flagsvc.http.openapi import document
from flagsvc.http.problem_codes import CODES
from scripts import alerts, ctl_reference, dashboard, helm_values, sdk_reference

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


def main() -> None:
    """Write all files."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    rows = [f"| `{code.code}` | {code.status} | {code.title} | {code.remedy} |\n" for code in CODES.values()]
    (REFERENCE / "problems.md").write_text(HEAD + "".join(rows), "utf-8")
    (REFERENCE / "openapi.json").write_text(json_text(document(OPERATIONS, version("flagsvc"))), "utf-8")
    (REFERENCE / "sdk.md").write_text(sdk_reference.page(), "utf-8")
    (REFERENCE / "flagctl.md").write_text(ctl_reference.page(), "utf-8")
    (REFERENCE / "helm-values.md").write_text(helm_values.page(), "utf-8")
    alerts.main([])
    dashboard.main()


if __name__ == "__main__":
    main()
