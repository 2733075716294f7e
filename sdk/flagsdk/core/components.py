"""Order of things that rest on one another, and the circles among them."""

from collections.abc import Callable, Iterable, Iterator


def components(root: str, rests_on: Callable[[str], Iterable[str]]) -> list[list[str]]:
    """Give what `root` rests on, itself last: strongly connected components, each after all that it rests on.

    A component with several members is a circle; a single member is one only if it rests on itself. No recursion, so
    any depth will do.  Source: Tarjan, "Depth-first search and linear graph algorithms" (1972).
    """
    walk = _Walk(rests_on)
    walk.enter(root)
    while walk.path:
        walk.step()
    return walk.found


def circular(component: list[str], rests_on: Callable[[str], Iterable[str]]) -> bool:
    """Whether the members of a component rest on themselves."""
    return len(component) > 1 or component[0] in rests_on(component[0])


class _Walk:
    def __init__(self, rests_on: Callable[[str], Iterable[str]]) -> None:
        self._rests_on = rests_on
        self._index: dict[str, int] = {}
        self._lowest: dict[str, int] = {}
        self._open: dict[str, None] = {}
        self.path: list[tuple[str, Iterator[str]]] = []
        self.found: list[list[str]] = []

    def enter(self, name: str) -> None:
        self._index[name] = self._lowest[name] = len(self._index)
        self._open[name] = None
        self.path.append((name, iter(self._rests_on(name))))

    def step(self) -> None:
        name, following = self.path[-1]
        for other in following:
            if other not in self._index:
                self.enter(other)
                return
            if other in self._open:
                self._lowest[name] = min(self._lowest[name], self._index[other])
        self._leave(name)

    def _leave(self, name: str) -> None:
        self.path.pop()
        if self.path:
            above = self.path[-1][0]
            self._lowest[above] = min(self._lowest[above], self._lowest[name])
        if self._lowest[name] == self._index[name]:
            self._close(name)

    def _close(self, name: str) -> None:
        component: list[str] = []
        while not component or component[-1] != name:
            component.append(self._open.popitem()[0])
        self.found.append(component)
