"""Which of many points a chart keeps."""

from collections.abc import Iterable, Sequence


def kept(count: int, marks: Iterable[int], most: int) -> frozenset[int]:
    """Choose at most `most` (at least 2) of so many points: the first, the last, marked ones and those beside them.

    What room is left goes to the others evenly; where there is too little of it, the marked ones are thinned, too.
    """
    if count <= most:
        return frozenset(range(count))
    beside = {near for mark in marks for near in (mark - 1, mark, mark + 1) if 0 <= near < count}
    dear = sorted({0, count - 1} | beside)
    if len(dear) >= most:
        return frozenset(evenly(dear, most))
    known = set(dear)
    others = [index for index in range(count) if index not in known]
    return frozenset([*dear, *evenly(others, most - len(dear))])


def evenly(items: Sequence[int], most: int) -> Sequence[int]:
    """Choose at most `most` of them, spread evenly; the first and the last stay where two or more do."""
    if len(items) <= most:
        return items
    if most == 1:
        return [items[len(items) // 2]]
    return [items[index * (len(items) - 1) // (most - 1)] for index in range(most)]
