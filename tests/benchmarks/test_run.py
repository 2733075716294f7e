"""What `make bench` writes into the page, and what it leaves alone."""

import pytest

from benchmarks.run import PAGE, PARTS, main, render, replaced


@pytest.mark.parametrize("part", PARTS)
def test_the_page_has_a_place_for_each_part(part: str) -> None:
    page = PAGE.read_text()

    changed = replaced(page, part, "these figures")

    assert changed.count("these figures") == 1
    assert changed.startswith(page[:500])
    assert replaced(replaced(changed, part, "others"), part, "these figures") == changed


def test_other_parts_of_the_page_stay() -> None:
    page = replaced(PAGE.read_text(), "results", "figures of an earlier day")

    changed = replaced(page, "edges", "figures of today")

    assert "figures of an earlier day" in changed
    assert "figures of today" in changed


def test_a_page_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for edges"):
        replaced("# Benchmarks\n", "edges", "figures")


def test_each_benchmark_is_shown_with_its_title_its_command_and_what_the_host_took() -> None:
    text = render({"edges": "What it costs"}, {"edges": "bare 1.00x"}, 7)

    assert "the host gave 7 % to others" in text
    assert "### What it costs\n\n`python -m benchmarks.edges`\n\n```text\nbare 1.00x\n```" in text


def test_an_unknown_part_is_refused_and_nothing_is_run() -> None:
    with pytest.raises(SystemExit, match="the parts are results, edges, rollback, analysis, console, not edge"):
        main(["edge"])
