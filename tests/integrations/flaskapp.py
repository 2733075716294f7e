"""A small Flask application that asks flags everywhere an application can."""

import os
from typing import Any

from flask import Flask, render_template_string, request

from flagsdk import FlagClient
from flagsdk.integrations.context import current_context
from flagsdk.integrations.flask import Flags, flag_required, flags

PAGE = """{{ "vip" if "vip" is enabled else "guest" }}, {{ flags.get_string("theme", default="plain") }},
{{ flags.value("none", 3) }}, {{ flags.value("markup") }}"""


def account() -> dict[str, Any]:
    """Read the context of the present request."""
    return {"targetingKey": request.headers["X-Account"]} if "X-Account" in request.headers else {}


def make_app(settings: dict[str, Any], client: FlagClient | None = None) -> Flask:
    """Make an application by an extension that is set up later, as large applications do."""
    app = Flask(__name__)
    app.config["FLAGSDK"] = settings
    Flags(client=client).init_app(app)

    @app.get("/")
    def value() -> dict[str, Any]:
        return {
            "vip": flags.is_enabled("vip"),
            "context": dict(current_context()),
            "pid": os.getpid(),
            "cohort": flags.cohort("checkout"),
        }

    @app.get("/async")
    async def async_value() -> dict[str, Any]:
        return {"vip": flags.is_enabled("vip"), "context": dict(current_context())}

    @app.get("/page")
    def page() -> str:
        return render_template_string(PAGE)

    @app.get("/guarded")
    @flag_required("vip")
    def guarded() -> str:
        return "only for some"

    def closed(number: int) -> str:
        return f"closed {number}"

    @app.get("/guarded/<int:number>")
    @flag_required("vip", else_=closed)
    async def async_guarded(number: int) -> str:
        return f"open {number}"

    return app


def served() -> Flask:
    """Make what gunicorn serves."""
    return make_app({"FILE": os.environ["TEST_FLAGS"], "CONTEXT": "tests.integrations.flaskapp.account"})
