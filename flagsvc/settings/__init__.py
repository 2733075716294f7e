"""Settings: read once from `FLAGSVC_*` variables, typed, frozen. `app` passes plain values on to the rest."""

from flagsvc.settings.environment import SettingsError, is_secret, load, shown, variable_names, warnings
from flagsvc.settings.metric_sources import SourceSpec, load_metric_sources
from flagsvc.settings.model import PREFIX, Settings, expectation, secrets_of
from flagsvc.settings.named_file import Entry as NamedEntry
from flagsvc.settings.notifiers import load_notifiers
from flagsvc.settings.routers import RouterSpec, load_routers

__all__ = [
    "PREFIX",
    "NamedEntry",
    "RouterSpec",
    "Settings",
    "SettingsError",
    "SourceSpec",
    "expectation",
    "is_secret",
    "load",
    "load_metric_sources",
    "load_notifiers",
    "load_routers",
    "secrets_of",
    "shown",
    "variable_names",
    "warnings",
]
