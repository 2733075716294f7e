"""System checks: wrong settings are said by `manage.py check`, and stop `runserver`."""

from typing import Any

from django.conf import settings
from django.core.checks import Error
from django.core.checks import Warning as Advice

from flagsdk.integrations.configured import check_names, verifier_of
from flagsdk.integrations.django.clients import OWN_NAMES, client, options
from flagsdk.integrations.django.middleware import context_functions

_MIDDLEWARE = "flagsdk.integrations.django.FlagsMiddleware"
_AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"


def check_settings(**_: Any) -> list[Any]:
    """Find what is wrong with `settings.FLAGSDK` and with the place of the middleware."""
    return [*_check_names(), *_check_client(), *_check_context(), *_check_middleware()]


def _check_names() -> list[Any]:
    return _said_by(lambda: check_names(options(), *OWN_NAMES), "flagsdk.E001")


def _check_client() -> list[Any]:
    return [] if _check_names() else _said_by(client, "flagsdk.E002")


def _check_context() -> list[Any]:
    return [*_said_by(context_functions, "flagsdk.E003"), *_said_by(lambda: verifier_of(options()), "flagsdk.E004")]


def _said_by(check: Any, identity: str) -> list[Any]:
    try:
        check()
    except ValueError as fault:
        return [Error(str(fault), hint="see settings.FLAGSDK", id=identity)]
    return []


def _check_middleware() -> list[Any]:
    names = list(settings.MIDDLEWARE)
    if _MIDDLEWARE not in names:
        return [Advice(f"{_MIDDLEWARE} is not in MIDDLEWARE: flags are decided without a context", id="flagsdk.W001")]
    if _AUTHENTICATION in names and names.index(_AUTHENTICATION) > names.index(_MIDDLEWARE):
        return [Advice(f"{_MIDDLEWARE} must come after {_AUTHENTICATION} to know the user", id="flagsdk.W002")]
    return []
