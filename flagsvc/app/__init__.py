"""The composition root: the only place that knows every part."""

from flagsvc.app.founding import Founding, intent
from flagsvc.app.service import Service

__all__ = ["Founding", "Service", "intent"]
