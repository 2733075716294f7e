"""Typed access to the flags of one environment: documents in, the text of a Python module out. Pure."""

from flagsdk.codegen.comparison import same_code
from flagsdk.codegen.module import TAKEN, python_module
from flagsdk.codegen.subject import Ungenerable

__all__ = ["TAKEN", "Ungenerable", "python_module", "same_code"]
