"""Several nodes of one router: all are told, and what they say is put together."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed

N = TypeVar("N")
R = TypeVar("R")


def of_each(nodes: Mapping[str, N], work: Callable[[N], R]) -> dict[str, R]:
    """Do something with every node at once, whatever the others say, and give the results by the nodes' names.

    Raises one RouterError for all that failed, each named: permanent when one of them is, else a conflict when one is.
    """
    if len(nodes) <= 1:
        outcomes = {name: _outcome(work, node) for name, node in nodes.items()}
    else:
        with ThreadPoolExecutor(len(nodes)) as pool:
            pending = {name: pool.submit(_outcome, work, node) for name, node in nodes.items()}
            outcomes = {name: future.result() for name, future in pending.items()}
    failed = {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, RouterError)}
    if failed:
        raise _together(failed, len(nodes))
    return {name: outcome for name, outcome in outcomes.items() if not isinstance(outcome, RouterError)}


def agreed(observed: Mapping[str, Observed]) -> Observed:
    """Put together what the nodes hold: the same for all, or else for each backend the least that one of them has.

    Where they differ, that adds up to less than the whole, so it agrees with no target; `detail` has every node's.
    """
    first, *others = observed.values()
    if all((other.weights, other.mirror) == (first.weights, first.mirror) for other in others):
        detail = "; ".join(dict.fromkeys(each.detail for each in observed.values() if each.detail))
        return Observed(weights=first.weights, mirror=first.mirror, token=first.token, detail=detail)
    names = {name for each in observed.values() for name in each.weights}
    least = {name: min(each.weights.get(name, 0) for each in observed.values()) for name in sorted(names)}
    mirror = first.mirror if all(other.mirror == first.mirror for other in others) else None
    return Observed(weights=least, mirror=mirror, detail=_differing(observed))


def _differing(observed: Mapping[str, Observed]) -> str:
    shown = (f"{name}: {_weights(each)}" for name, each in observed.items())
    return f"the nodes differ: {'; '.join(shown)}"


def _weights(observed: Observed) -> str:
    told = ", ".join(f"{backend} {weight}" for backend, weight in sorted(observed.weights.items()) if weight)
    mirror = f", mirror {observed.mirror.backend} {observed.mirror.share / 1000:g} %" if observed.mirror else ""
    return f"{told or 'nothing'}{mirror}" + (f" ({observed.detail})" if observed.detail else "")


def _outcome(work: Callable[[N], R], node: N) -> R | RouterError:
    try:
        return work(node)
    except RouterError as error:
        return error


def _together(failed: Mapping[str, RouterError], nodes: int) -> RouterError:
    told = "; ".join(f"{name}: {error}" for name, error in failed.items())
    permanent = any(error.permanent for error in failed.values())
    conflict = not permanent and any(error.conflict for error in failed.values())
    words = told if nodes == 1 else f"{len(failed)} of {nodes} nodes failed: {told}"
    return RouterError(words, permanent=permanent, conflict=conflict)
