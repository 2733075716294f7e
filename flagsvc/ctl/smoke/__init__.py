"""`smoke`: whether a deployment works, from the outside. It writes a flag that nobody asks for, and takes it back."""

from flagsvc.ctl.smoke.command import add

__all__ = ["add"]
