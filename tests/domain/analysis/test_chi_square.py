"""Pearson's test against published values, and its words."""

import pytest

from flagsvc.domain.analysis.chi_square import fit_of, survival

PUBLISHED = [
    (3.841, 1, 0.05),
    (6.635, 1, 0.01),
    (10.828, 1, 0.001),
    (5.991, 2, 0.05),
    (13.816, 2, 0.001),
    (7.815, 3, 0.05),
    (18.307, 10, 0.05),
    (29.588, 10, 0.001),
    (24.996, 15, 0.05),
    (124.342, 100, 0.05),
    (149.449, 100, 0.001),
    (77.929, 100, 0.95),
]
"""Critical values of the NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4: (value, degrees, tail)."""


@pytest.mark.parametrize(("statistic", "degrees", "tail"), PUBLISHED)
def test_published_values_are_met(statistic: float, degrees: int, tail: float) -> None:
    assert survival(statistic, degrees) == pytest.approx(tail, rel=2e-3)


def test_nothing_and_everything_are_no_trouble() -> None:
    assert survival(0.0, 7) == 1.0
    assert survival(-1e-12, 1) == 1.0
    assert 0.0 <= survival(1e6, 199) < 1e-300
    assert survival(1e-300, 1) == pytest.approx(1.0)
    assert survival(1e-300, 4) == pytest.approx(1.0)


def test_a_fair_list_is_as_the_weights_say() -> None:
    fit = fit_of({"on": 498, "off": 502}, {"on": 0.5, "off": 0.5})

    assert fit is not None
    assert fit.statistic == pytest.approx(0.016)
    assert fit.degrees == 1
    assert fit.p == pytest.approx(0.8993, abs=1e-4)
    assert fit.sentence.startswith("As the weights say: by chance alone 90 % of such lists")


def test_a_perfect_list_is_a_hundred_percent() -> None:
    fit = fit_of({"on": 500, "off": 500}, {"on": 0.5, "off": 0.5})

    assert fit is not None
    assert fit.sentence.startswith("As the weights say: by chance alone 100 % of such lists")


def test_an_unfair_one_is_not() -> None:
    fit = fit_of({"on": 570, "off": 430}, {"on": 0.5, "off": 0.5})

    assert fit is not None
    assert fit.p < 1e-4
    assert fit.sentence.startswith("Further from the weights than chance explains: p = 9.5e-06, ")


def test_a_kind_that_nobody_got_counts_as_well() -> None:
    fit = fit_of({"on": 100}, {"on": 0.9, "off": 0.1, "never": 0.0})

    assert fit is not None
    assert fit.degrees == 1
    assert fit.statistic == pytest.approx(100 / 9)


def test_a_few_units_tell_nothing() -> None:
    fit = fit_of({"on": 1, "off": 19}, {"on": 0.05, "off": 0.95})

    assert fit is not None
    assert fit.sentence == "20 units are too few to tell: of one variant only 1 are expected."


def test_one_kind_alone_is_no_question() -> None:
    assert fit_of({"on": 10}, {"on": 1.0, "off": 0.0}) is None
    assert fit_of({}, {"on": 0.5, "off": 0.5}) is None
