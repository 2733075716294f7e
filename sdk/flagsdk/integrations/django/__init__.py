"""Flags in Django: one client from `settings.FLAGSDK`, a context for each request, a template tag, a decorator.

Add "flagsdk.integrations.django" to INSTALLED_APPS (`{% load flags %}` and the system checks), and
"flagsdk.integrations.django.FlagsMiddleware" to MIDDLEWARE, after the one for authentication. Needs `flagsdk[django]`.
"""

try:
    import django  # noqa: F401
except ImportError as missing:
    raise ImportError("flagsdk.integrations.django needs Django: pip install 'flagsdk[django]'") from missing

from flagsdk.integrations.django.clients import client, flags
from flagsdk.integrations.django.decorators import flag_required
from flagsdk.integrations.django.middleware import FlagsMiddleware

__all__ = ["FlagsMiddleware", "client", "flag_required", "flags"]
