"""Which checks there are, in which order, what each needs, and what to do when it fails."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from flagsvc.ctl.smoke import copy, evaluating, reading
from flagsvc.ctl.smoke.course import Check
from flagsvc.ctl.smoke.expecting import HALF, MORE, due
from flagsvc.ctl.smoke.feed import Feed
from flagsvc.ctl.smoke.place import Place
from flagsvc.ctl.smoke.trial import Trial

REMEDIES = {
    "live": "Look whether the process runs, what it logged last, and whether the address leads to it.",
    "ready": "`reasons` says what it lacks: a schema that is too old, no snapshot, or it is shutting down.",
    "health": "See to what is named, or say --allow-degraded where it is known.",
    "login": "Give an admin token.",
    "version": "Look at the logs by the request id.",
    "memory": "The replica does not follow the database: look at flagsvc_snapshot_age_seconds and at its logs.",
    "traffic": "Load balancers now send everybody to the stable backend: look at the environment's traffic splits.",
    "token": "Writes fail: look at the database of the service, whether it is up and may be written to.",
    "write": "Writes fail: look at the database of the service, whether it is up and may be written to.",
    "feed": "SDKs without Redis get nothing: proxies must pass text/event-stream on without buffering.",
    "evaluation": "The replica does not follow the database: look at flagsvc_snapshot_age_seconds and at its logs.",
    "stream": "SDKs without Redis hear of changes by polling only: look at proxies that buffer, and at the logs.",
    "redis": "Look at flagsvc_redis_up and flagsvc_publish_failures_total, and whether it is the same Redis.",
    "edit": "Writes fail: look at the database of the service, whether it is up and may be written to.",
    "rollback": "Do not release: the way back does not work. Look at the logs by the request id.",
    "edited": "The replica does not follow the database: look at flagsvc_snapshot_age_seconds and at its logs.",
    "rolled-back": "Do not release: the way back does not reach everybody. Look at flagsvc_snapshot_age_seconds.",
    "revoke": "The token ends by itself.",
    "archive": "The flag is in nobody's way; archive it by hand.",
    "gone": "The replica does not follow the database: look at flagsvc_snapshot_age_seconds and at its logs.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What is to be checked. `seconds`: what an answer or an arrival may take; "" where something is not given.

    `quiet`: it is asked again and again, by a monitor: nothing may look to the service as if somebody were wrong.
    """

    place: Place
    also: Sequence[Place]
    environment: str
    split: str
    redis: str
    expected: str
    seconds: float
    degraded: bool
    quiet: bool = False


def reading_checks(aim: Aim) -> Iterator[Check]:
    """Yield the checks that write nothing."""
    yield from _arrival(aim, aim.place, "")
    store = aim.place.admin
    yield _check("login", partial(reading.login, store, aim.environment), "live")
    yield _check("version", partial(reading.version, store, aim.expected), "login")
    yield _check("memory", partial(reading.confirmed, store, store, aim.environment, aim.seconds), "login")
    yield _check("traffic", partial(_decided, aim), "login", "ready")
    for place in aim.also:
        name = _named(place)
        yield from _arrival(aim, place, name)
        needs = ("login", f"live{name}")
        yield _check("version", partial(reading.version, place.admin, aim.expected), *needs, suffix=name)
        held = partial(reading.confirmed, store, place.admin, aim.environment, aim.seconds)
        yield _check("memory", held, *needs, suffix=name)


def copy_check(aim: Aim) -> Iterator[Check]:
    """Yield the check of Redis that needs no write, where a Redis was named."""
    if aim.redis:
        yield _check("redis", partial(copy.copied, aim.redis, aim.environment, 1, "", aim.seconds), "login")


def writing_checks(aim: Aim, trial: Trial, feed: Feed, *, protected: bool) -> Iterator[Check]:
    """Yield the checks of a write: it arrives everywhere, an edit and its way back do, and the end of it."""
    yield _check("permission", partial(trial.demand_writable, protected=protected), "login")
    yield _check("token", trial.make_token, "permission")
    yield _check("feed", feed.open, "token")
    yield _check("write", trial.make_flag, "token")
    half, more = due(trial.salt, HALF), due(trial.salt, HALF, MORE)
    places = [(aim.place, ""), *((place, _named(place)) for place in aim.also)]
    for place, name in places:
        seen = partial(evaluating.arrived, place.admin, trial, half, aim.seconds)
        yield _check("evaluation", seen, "write", *([f"live{name}"] if name else []), suffix=name)
    yield _check("stream", feed.change, "feed", "write")
    if aim.redis:
        held = partial(_copied, aim, trial)
        yield _check("redis", held, "write")
    yield _check("edit", partial(trial.reweigh, MORE), "evaluation")
    yield _check("edited", partial(evaluating.arrived, aim.place.admin, trial, more, aim.seconds), "edit")
    yield _check("rollback", trial.revert, "edit")
    for place, name in places:
        seen = partial(evaluating.arrived, place.admin, trial, half, aim.seconds)
        yield _check("rolled-back", seen, "rollback", f"evaluation{name}", suffix=name)
    yield _check("archive", trial.archive, "write")
    for place, name in places:
        seen = partial(evaluating.gone, place.admin, trial, aim.seconds)
        yield _check("gone", seen, "archive", f"evaluation{name}", suffix=name)
    yield _check("revoke", trial.revoke, "token")


def _arrival(aim: Aim, place: Place, name: str) -> Iterator[Check]:
    yield _check("live", partial(reading.live, place), suffix=name)
    yield _check("ready", partial(reading.ready, place, aim.seconds), f"live{name}", suffix=name)
    seen = partial(reading.health, place, aim.seconds, degraded=aim.degraded)
    yield _check("health", seen, f"live{name}", suffix=name)


def _check(name: str, run: Callable[[], str], *needs: str, suffix: str = "") -> Check:
    return Check(f"{name}{suffix}", run, needs, REMEDIES.get(name, ""))


def _copied(aim: Aim, trial: Trial) -> str:
    return copy.copied(aim.redis, aim.environment, trial.revision, trial.key, aim.seconds)


def _decided(aim: Aim) -> str:
    split = _split(aim)
    if aim.quiet and not split:
        return "there is no traffic split to ask for"
    return reading.decision(aim.place, aim.environment, split)


def _split(aim: Aim) -> str:
    return aim.split or reading.some_split(aim.place.admin, aim.environment)


def _named(place: Place) -> str:
    return f" {urlsplit(place.url).netloc}"
