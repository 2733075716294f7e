"""flagsvc: one service that decides who sees what at every layer, with one hash."""

__version__ = "0.1.1"
