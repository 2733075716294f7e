"""What a process does for notices: the notifiers that its file names, and the loops that deliver to them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from flagsvc.app.routers_check import Line
from flagsvc.domain.instants import text_of
from flagsvc.domain.rollouts.notice import Notice, NoticeError
from flagsvc.notifiers import Audience, build
from flagsvc.ports import Notifier, Store
from flagsvc.runner.notices import TAKEN_SECONDS, Addressee, Delivery, Fate
from flagsvc.settings import NamedEntry

SENDERS = 16


def build_notifiers(specs: Sequence[NamedEntry]) -> Mapping[str, Addressee]:
    """Make the notifiers of a file, by name; ValueError: a file that one needs cannot be used."""
    return {spec.name: Addressee(_built(spec), spec.options.wants) for spec in specs}


def build_delivery(
    store: Store,
    specs: Sequence[NamedEntry],
    told: Callable[[str, Fate], None],
    taken_seconds: float = TAKEN_SECONDS,
) -> Delivery:
    """Make the part of a process that delivers notices; `told(notifier, outcome)` counts every try."""
    return Delivery(store, build_notifiers(specs), told, taken_seconds)


def checked(specs: Sequence[NamedEntry], *, send: bool) -> Iterator[Line]:
    """Describe each notifier; with `send` a trial notice goes to each. ValueError: one cannot be made."""
    addressees = build_notifiers(specs)
    notice = trial(datetime.now(UTC))
    with ThreadPoolExecutor(SENDERS) as pool:
        sent = pool.map(lambda spec: _sent(addressees[spec.name].notifier, notice), specs if send else ())
        for spec in specs:
            yield Line(f"{spec.name}  {spec.kind}: {_audience(spec.options)}")
            if send:
                yield next(sent)


def trial(now: datetime) -> Notice:
    """Make the notice that is sent for a trial."""
    return Notice(
        environment="trial",
        rollout="trial",
        number=int(now.timestamp()),
        kind="trial",
        urgency="info",
        summary="this is a trial: nothing has happened",
        at=text_of(now),
        facts={"sent by": "flagsvc notifiers check --send"},
    )


def _built(spec: NamedEntry) -> Notifier:
    try:
        return build(spec.kind, spec.options)
    except ValueError as error:
        raise ValueError(f"notifiers.{spec.name}: {error}") from error


def _audience(audience: Audience) -> str:
    where = f"environments {', '.join(audience.environments)}" if audience.environments else "every environment"
    return f"{where}; {', '.join(audience.urgencies) if audience.urgencies else 'however urgent'}"


def _sent(notifier: Notifier, notice: Notice) -> Line:
    try:
        notifier.tell(notice)
    except NoticeError as error:
        return Line(f"  cannot be told: {error}", failed=True)
    except Exception as error:  # noqa: BLE001  # a named boundary: one notifier's fault hides no other
        return Line(f"  cannot be told: {type(error).__name__}: a fault of the program", failed=True)
    return Line("  was told")
