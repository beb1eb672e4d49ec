"""Bradley-Terry: chocolate puddings, baseball, two captioners by hand, and battles that settle nothing."""

from math import exp, log
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from judge_pipeline.domain.statistics import bradley_terry

PUDDINGS = """
1 2 19 22 16   1 3 16 19 12   2 3 19 19 10   1 4 18 23 13   2 4 23 19 9    3 4 19 20 15   1 5 13 19 18   2 5 16 20 12
3 5 16 15 17   4 5 17 14 16   1 6 18 21 12   2 6 22 20 12   3 6 13 18 10   4 6 14 19 18   5 6 11 21 12
"""
"""Two brands, preferences for the first, for the second, none: R. R. Davidson, JASA 65 (1970), 317-328."""

BASEBALL = {
    "Milwaukee": [0, 7, 9, 7, 7, 9, 11],
    "Detroit": [6, 0, 7, 5, 11, 9, 9],
    "Toronto": [4, 6, 0, 7, 7, 8, 12],
    "New York": [6, 8, 6, 0, 6, 7, 10],
    "Boston": [6, 2, 6, 7, 0, 7, 12],
    "Cleveland": [4, 4, 5, 6, 6, 0, 6],
    "Baltimore": [2, 4, 1, 3, 1, 7, 0],
}
"""Wins of 1987: A. Agresti, Categorical Data Analysis, 2nd ed. (2002), section 10.6."""

ProjectRow = tuple[Any, Any, str]


def columns(rows: list[ProjectRow]) -> tuple[list[Any], list[Any], list[str]]:
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]


def pudding_rows() -> list[ProjectRow]:
    numbers = iter(map(int, PUDDINGS.split()))
    return [
        (i, j, verdict)
        for i, j, won, lost, tied in zip(*[numbers] * 5, strict=True)
        for verdict, count in (("first", won), ("second", lost), ("tie", tied))
        for _ in range(count)
    ]


def test_the_puddings_are_as_davidson_has_them() -> None:
    """.139 .173 .162 .165 .159 .202 and nu .747, as the R package PlackettLuce prints for his data."""
    found = bradley_terry(*columns(pudding_rows()))
    worths = np.exp([strength.value or 0 for strength in found.strengths])

    assert (worths / worths.sum()).round(3).tolist() == [0.139, 0.173, 0.162, 0.165, 0.159, 0.202]
    assert found.tie == pytest.approx(0.747, abs=5e-4)
    assert found.battles == 745


def test_baseball_without_ties_is_as_agresti_has_it() -> None:
    """Leads over Baltimore 1.58, 1.44, 1.29, 1.25, 1.11, 0.68."""
    teams = list(BASEBALL)
    rows: list[ProjectRow] = [
        (team, other, "first")
        for team, wins in BASEBALL.items()
        for other, count in zip(teams, wins, strict=True)
        for _ in range(count)
    ]
    found = bradley_terry(*columns(rows))

    leads = [round(found.lead(team, "Baltimore").value or 0, 2) for team in teams]
    assert leads == [1.58, 1.44, 1.29, 1.25, 1.11, 0.68, 0]
    assert found.tie == 0


def test_two_contestants_by_hand() -> None:
    """12 wins, 6 losses, 12 ties: lead log(12/6), nu = 12 / √72, variance of the lead 1/12 + 1/6."""
    rows: list[ProjectRow] = [("8B", "16B", "first")] * 12 + [("16B", "8B", "first")] * 6 + [("8B", "16B", "tie")] * 12
    found = bradley_terry(*columns(rows))
    lead = found.lead("8B", "16B")

    assert lead.value == pytest.approx(log(2))
    assert lead.interval is not None
    assert lead.interval.width / 2 == pytest.approx(1.959964 * 0.5, abs=1e-5)
    assert found.tie == pytest.approx(12 / 72**0.5)
    assert found.win_probability("8B", "16B").value == pytest.approx(2 / 3)


def test_strengths_and_errors_are_those_of_the_poisson_model() -> None:
    """The log-linear form: S. E. Fienberg, Biometrics 35 (1979), 479-481; fitted by statsmodels."""
    rows = pudding_rows()
    found = bradley_terry(*columns(rows))
    pairs = sorted({(i, j) for i, j, _ in rows})
    design, counts = [], []
    for place, (i, j) in enumerate(pairs):
        own_pair = [float(place == other) for other in range(len(pairs))]
        for verdict, gains in (("first", (1.0, 0.0)), ("tie", (0.5, 0.5)), ("second", (0.0, 1.0))):
            strengths = [gains[0] * (i == brand) + gains[1] * (j == brand) for brand in range(2, 7)]
            design.append([*own_pair, *strengths, float(verdict == "tie")])
            counts.append(rows.count((i, j, verdict)))
    model = sm.GLM(counts, np.array(design), family=sm.families.Poisson()).fit(tol=1e-12)

    for brand, value, error in zip(range(2, 7), model.params[-6:-1], model.bse[-6:-1], strict=True):
        lead = found.lead(brand, 1)
        assert lead.interval is not None
        assert (lead.value, lead.interval.width / 2 / 1.959964) == pytest.approx((value, error), abs=1e-5)
    assert found.tie == pytest.approx(exp(model.params[-1]), abs=1e-5)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], "there are no battles"),
        ([("a", "b", "failed")], "there are no battles"),
        ([("a", "b", "first")] * 9, "never lost"),
        ([("a", "b", "tie")] * 9, "all battles that decide between them are ties"),
        ([("a", "b", "first"), ("a", "b", "tie")], "never lost"),
        (
            [("a", "b", "first"), ("b", "a", "first"), ("c", "d", "first"), ("d", "c", "first")],
            "no battles connect the groups (a, b), (c, d), so",
        ),
        (
            [("a", "b", "first"), ("b", "a", "first"), ("c", "a", "first"), ("a", "b", "tie")],
            "c never lost to a, b, so",
        ),
    ],
)
def test_battles_that_settle_nothing_are_undefined(rows: list[ProjectRow], why: str) -> None:
    found = bradley_terry(*columns(rows))

    assert found.undefined is not None
    assert why in found.undefined
    assert all(strength.value is None for strength in found.strengths)
    assert found.lead("a", "b").value is None
    assert found.win_probability("a", "b").value is None


def test_a_contestant_cannot_fight_itself() -> None:
    with pytest.raises(ValueError, match="expected battles between two contestants, found 'a' against itself"):
        bradley_terry(["a"], ["a"], ["tie"])


BATTLES = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.sampled_from(["first", "second", "tie"])).filter(
        lambda row: row[0] != row[1]
    ),
    min_size=8,
    max_size=40,
)


@given(BATTLES, st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_neither_sides_nor_row_order_matter_and_scores_are_met(rows, random) -> None:  # type: ignore[no-untyped-def]
    turned = {"first": "second", "second": "first", "tie": "tie"}
    mirrored = [(other, one, turned[verdict]) for one, other, verdict in random.sample(rows, len(rows))]

    found, again = bradley_terry(*columns(rows)), bradley_terry(*columns(mirrored))

    assert found.undefined == again.undefined
    if found.tie is None:
        return
    values = [strength.value or 0 for strength in found.strengths]
    assert values == pytest.approx([strength.value or 0 for strength in again.strengths], abs=1e-4)
    assert sum(values) == pytest.approx(0, abs=1e-9)
    # At the maximum the expected ties are those that were seen.
    worth = dict(zip(found.contestants, np.exp(values), strict=True))
    expected = 0.0
    for one, other, _ in rows:
        middle = found.tie * (worth[one] * worth[other]) ** 0.5
        expected += middle / (worth[one] + worth[other] + middle)
    assert expected == pytest.approx(sum(verdict == "tie" for _, _, verdict in rows), abs=1e-3)
