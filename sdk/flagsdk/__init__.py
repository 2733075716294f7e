"""flagsdk: evaluates flags and traffic splits locally from a snapshot. Importing it starts nothing."""

__version__ = "0.1.0"
