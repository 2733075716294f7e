"""Reports are taken once, in any order within a window; receipts add up to one sentence."""

from hypothesis import given
from hypothesis import strategies as st

from flagsvc.domain.usage import WINDOW, Client, Window, day_of, delivered


def client(number: int, revision: int, after: int | None = None, epoch: str = "e1") -> Client:
    return Client("production", f"c{number:03}", "sdk", "shop", epoch, revision, after, "2026-01-01T00:00:00.000000Z")


@given(st.lists(st.integers(1, WINDOW), max_size=200))
def test_each_report_is_taken_once_in_whatever_order_they_come(sequences: list[int]) -> None:
    window, taken = Window(), []
    for sequence in sequences:
        after = window.admit(sequence)
        if after is not None:
            window = after
            taken.append(sequence)

    assert sorted(taken) == sorted(set(sequences))


@given(st.lists(st.integers(1, 2**53 - 1), max_size=50))
def test_no_report_is_taken_twice_whatever_the_numbers(sequences: list[int]) -> None:
    window, taken = Window(), []
    for sequence in [*sequences, *sequences]:
        after = window.admit(sequence)
        if after is not None:
            window = after
            taken.append(sequence)

    assert len(taken) == len(set(taken))
    assert window.taken < 2**63
    assert window.newest == max(sequences, default=0)


def test_a_report_too_old_to_tell_is_taken_for_a_repeat() -> None:
    window = Window(newest=WINDOW + 2, taken=0)

    assert window.admit(1) is None
    assert window.admit(2) is not None


def test_the_sentence_says_how_many_where_and_how_slow() -> None:
    everybody = delivered([client(n, 1234, after=n) for n in range(21, 118)], "e1", 1234)
    nobody = delivered([], "e1", 1234)
    one = delivered([client(1, 1)], "e1", 1)

    assert everybody.sentence == "97 of 97 clients on revision 1234, slowest 117 ms"
    assert nobody.sentence == "no client has reported"
    assert one.sentence == "1 of 1 client on revision 1"


def test_who_is_ahead_counts_and_who_holds_another_epoch_does_not() -> None:
    summary = delivered([client(1, 9, 5), client(2, 7, 900), client(3, 99, 1, epoch="old"), client(4, 8)], "e1", 8)

    assert (summary.current, summary.clients, summary.slowest_ms) == (2, 4, 5)
    assert [each.id for each in summary.behind] == ["c002", "c003"]


def test_few_of_those_behind_are_named() -> None:
    summary = delivered([client(n, n) for n in range(100)], "e1", 1_000)

    assert [each.revision for each in summary.behind] == list(range(20))


def test_a_day_begins_at_midnight() -> None:
    assert day_of("2026-11-22T14:00:00.000000Z") == "2026-11-22T00:00:00.000000Z"
