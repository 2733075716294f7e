"""The application that Django loads: it brings the template tags, and checks the settings."""

from django.apps import AppConfig
from django.core.checks import register

from flagsdk.integrations.django.checks import check_settings


class FlagsConfig(AppConfig):  # type: ignore[misc]  # Django ships no types
    """Connects to nothing and starts nothing: management commands need no flags."""

    name = "flagsdk.integrations.django"
    label = "flagsdk"
    verbose_name = "Feature flags"

    def ready(self) -> None:
        """Register the checks."""
        register(check_settings)
