"""Settings: read once from `FLAGSVC_*` variables, typed, frozen. `app` passes plain values on to the rest."""

from flagsvc.settings.environment import SettingsError, is_secret, load, shown, variable_names, warnings
from flagsvc.settings.model import PREFIX, Settings, expectation

__all__ = [
    "PREFIX",
    "Settings",
    "SettingsError",
    "expectation",
    "is_secret",
    "load",
    "shown",
    "variable_names",
    "warnings",
]
