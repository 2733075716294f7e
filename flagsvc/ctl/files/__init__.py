"""Flags and traffic splits as files: applied, exported, and kept in step with a folder."""
