"""Settings: read once from `FLAGSVC_*` variables, typed, frozen. `app` passes plain values on to the rest."""

from flagsvc.settings.environment import SettingsError, is_secret, load, shown, variable_names, warnings
from flagsvc.settings.model import PREFIX, Settings, expectation, secrets_of
from flagsvc.settings.routers import RouterSpec, load_routers

__all__ = [
    "PREFIX",
    "RouterSpec",
    "Settings",
    "SettingsError",
    "expectation",
    "is_secret",
    "load",
    "load_routers",
    "secrets_of",
    "shown",
    "variable_names",
    "warnings",
]
