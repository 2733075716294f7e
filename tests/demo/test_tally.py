"""What is counted of the visits: by whole seconds, by version, and who went back and forth."""

from examples.demo.tally import RATE_SECONDS, Tally, Visit

BEGAN = 1_000.0


def visit(sent: float, version: str, user: str = "ann", status: int = 200, *features: str) -> Visit:
    return Visit(sent=BEGAN + sent, user=user, status=status, version=version, features=frozenset(features))


def counted(*visits: Visit) -> Tally:
    tally = Tally()
    for each in visits:
        tally.add(each)
    return tally


def test_shares_and_rates_are_those_of_the_last_whole_seconds() -> None:
    old, now = visit(0.5, "v1"), visit(RATE_SECONDS + 1.2, "v1")
    tally = counted(old, visit(1.1, "v1"), visit(2.1, "v2"), visit(2.2, "v2", "bob", 500), visit(3.9, "v2"), now)

    reading = tally.read(BEGAN + RATE_SECONDS + 1.5)

    assert reading.visits == 4
    assert reading.per_second == 4 / RATE_SECONDS
    assert reading.shares == {"v1": 0.25, "v2": 0.75}
    assert reading.error_rates == {"v1": 0.0, "v2": 1 / 3}


def test_history_has_a_place_for_each_second_and_none_where_nobody_came() -> None:
    tally = counted(visit(0.1, "v1"), visit(1.1, "v2", "ann", 500), visit(1.2, "v2"))

    reading = tally.read(BEGAN + 3, seconds=3)

    assert reading.history == {"v1": (0.0, None, None), "v2": (None, 0.5, None)}


def test_an_answer_that_came_late_is_counted_in_the_second_in_which_it_was_asked_for() -> None:
    tally = counted(visit(1.1, "v1"), visit(3.1, "v1"), visit(1.9, "v1", "bob", 500))

    assert tally.read(BEGAN + 4, seconds=4).history["v1"] == (None, 0.5, None, 0.0)


def test_a_visit_without_an_answer_failed_and_is_nobody_s() -> None:
    reading = counted(Visit(sent=BEGAN, user="ann")).read(BEGAN + 1)

    assert (reading.unanswered, reading.total) == (1, 1)
    assert reading.error_rates == {"": 1.0}


def test_who_goes_back_to_a_version_that_they_had_left_came_back() -> None:
    tally = counted(visit(0, "v1"), visit(1, "v2"), visit(2, "v2"), visit(0, "v1", "bob"), visit(1, "v2", "bob"))
    assert not tally.chapter().came_back

    tally.add(visit(3, "v1"))

    chapter = tally.chapter()
    assert chapter.came_back == {"ann"}
    assert set(chapter.left) == {"ann", "bob"}


def test_an_answer_that_was_overtaken_moves_nobody() -> None:
    chapter = counted(visit(0, "v1"), visit(2, "v2"), visit(1, "v1")).chapter()

    assert not chapter.came_back


def test_a_release_is_counted_anew_and_knows_where_visitors_were_before() -> None:
    tally = counted(visit(0, "v1"), visit(0, "v1", "bob", 500))
    tally.begin()

    tally.add(visit(1, "v2", "ann", 200, "fast-checkout"))

    chapter = tally.chapter()
    assert (dict(chapter.visits), chapter.failed.total()) == ({"v2": 1}, 0)
    assert chapter.features == {("fast-checkout", "v2"): 1}
    assert chapter.left == {"ann": {"v1"}}
    assert chapter.last == {"v2": BEGAN + 1}


def test_what_was_given_out_changes_no_more() -> None:
    tally = counted(visit(0, "v1"))
    chapter = tally.chapter()

    tally.add(visit(1, "v2"))

    assert dict(chapter.visits) == {"v1": 1}
    assert not chapter.left
