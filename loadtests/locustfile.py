"""What locust loads: every user, and the shape that puts them to work. `python -m loadtests.run` starts it."""

from loadtests.shape import Stages
from loadtests.users.asking import Balancer
from loadtests.users.common import BareRoute, PacedBare
from loadtests.users.editing import Editor, Releaser
from loadtests.users.evaluating import Bulk, Single
from loadtests.users.mixed import MixedBalancer, MixedBulk, MixedEditor, MixedSingle
from loadtests.users.streaming import Sdk

__all__ = [
    "Balancer",
    "BareRoute",
    "Bulk",
    "Editor",
    "MixedBalancer",
    "MixedBulk",
    "MixedEditor",
    "MixedSingle",
    "PacedBare",
    "Releaser",
    "Sdk",
    "Single",
    "Stages",
]
