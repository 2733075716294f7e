"""A mixed day: the users of the other profiles, at steady rates."""

from locust import constant_throughput

from loadtests.users.asking import Balancer
from loadtests.users.editing import Editor
from loadtests.users.evaluating import Bulk, Single


class MixedSingle(Single):
    """Asks for a flag ten times a second."""

    abstract = False
    wait_time = constant_throughput(10)


class MixedBulk(Bulk):
    """Asks for all flags twice a second."""

    abstract = False
    wait_time = constant_throughput(2)


class MixedBalancer(Balancer):
    """Asks for ten cohorts a second."""

    abstract = False
    wait_time = constant_throughput(10)


class MixedEditor(Editor):
    """Does something once in two seconds."""

    abstract = False
    wait_time = constant_throughput(0.5)
