"""What rests on what: order and circles."""

from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core.components import circular, components

NAMES = "abcdef"
graphs = st.fixed_dictionaries({name: st.lists(st.sampled_from(NAMES), max_size=3) for name in NAMES})


def _reach(graph: dict[str, list[str]], start: str) -> set[str]:
    """All that can be reached in one step or more."""
    found: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += graph[name]
    return found


@given(graphs)
def test_circles_are_found_exactly(graph: dict[str, list[str]]) -> None:
    for component in components("a", graph.__getitem__):
        for name in component:
            assert circular(component, graph.__getitem__) is (name in _reach(graph, name))
            assert all(other in _reach(graph, name) for other in component if other != name)


@given(graphs)
def test_everything_comes_once_and_after_what_it_rests_on(graph: dict[str, list[str]]) -> None:
    order = components("a", graph.__getitem__)

    place = {name: index for index, component in enumerate(order) for name in component}
    assert set(place) == {"a"} | _reach(graph, "a")
    assert sum(map(len, order)) == len(place)
    assert all(place[other] <= place[name] for name in place for other in graph[name])
