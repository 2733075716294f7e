"""The families of the corpus, each a function that states one law over many cases without asking the engine."""

from collections.abc import Callable

from .audiences import segments, traffic, unsupported
from .buckets import bucket_conditions, buckets, hashes, nesting, splits, tables
from .equality import equality, membership
from .family import Family
from .flow import contexts, order, prerequisites, targets, values
from .logic import logic
from .orders import instants, numbers, versions
from .presence import existence, lists, lookup, networks
from .texts import parts_of_texts, patterns

__all__ = ["FAMILIES", "Family"]

FAMILIES: tuple[Callable[[], Family], ...] = (
    order,
    values,
    targets,
    contexts,
    prerequisites,
    logic,
    equality,
    membership,
    parts_of_texts,
    patterns,
    numbers,
    instants,
    versions,
    networks,
    existence,
    lists,
    lookup,
    segments,
    buckets,
    bucket_conditions,
    hashes,
    splits,
    tables,
    nesting,
    traffic,
    unsupported,
)
