"""Raw agreement, kappa and AC1 on published tables, and where they are undefined."""

from functools import partial
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from judge_pipeline.domain.statistics import Interval, cohen_kappa, confusion, gwet_ac1, gwet_ac2, raw_agreement
from judge_pipeline_tests.domain.statistics.tables import rows_of_table

GWET_2008 = [[118, 5], [2, 0]]
"""125 subjects by two raters: K. L. Gwet, British Journal of Mathematical and Statistical Psychology 61 (2008), 29-48."""

ABSTRACTORS = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]
"""Pregnancies by type and abstractor: Gwet, Handbook of Inter-Rater Reliability (2014); `cont3x3abstractors` of irrCAC."""

DERMATOLOGISTS = [[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]]
"""Skin conditions from terrible to clear: SAS/STAT User's Guide, The FREQ Procedure, Agreement Study."""

PSYCHIATRISTS = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]
"""100 patients: J. L. Fleiss, Statistical Methods for Rates and Proportions, 2nd ed. (1981), table 13.1."""

FOUR_RATERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]
"""Twelve units, a row a rater: K. Krippendorff, Computing Krippendorff's alpha-reliability (2011), data C."""

LABELS = st.sampled_from(["a", "b", "c"])
PAIRS = st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=40)


def columns(pairs: list[tuple[str, str]]) -> tuple[list[str], list[str]]:
    return [one for one, _ in pairs], [other for _, other in pairs]


def test_the_table_counts_rows_by_the_first_rater_and_columns_by_the_second() -> None:
    table = confusion(["8B", "8B", "16B", None], ["8B", "16B", "16B", "8B"], categories=["8B", "16B", "tie"])

    assert table.counts == ((1, 1, 0), (0, 1, 0), (0, 0, 0))
    assert (table.n, table.agreements) == (3, 2)
    assert (table.first_totals, table.second_totals) == ((2, 1, 0), (1, 2, 0))


@pytest.mark.parametrize(
    ("table", "kappa"), [(GWET_2008, -0.0234), (ABSTRACTORS, 0.7964), (DERMATOLOGISTS, 0.3449), (PSYCHIATRISTS, 0.6765)]
)
def test_kappa_is_as_published(table: list[list[int]], kappa: float) -> None:
    assert cohen_kappa(*rows_of_table(table)).value == pytest.approx(kappa, abs=5e-5)


def test_raw_agreement_of_all_images_weighs_those_that_were_drawn() -> None:
    """By hand: three that agree, drawn with 1/2, and one that does not, drawn with 1/6, stand for 6 and 6."""
    found = raw_agreement("aaab", "aaaa", probabilities=[1 / 2, 1 / 2, 1 / 2, 1 / 6])

    assert (found.count, found.total) == (3, 4)
    assert found.value == pytest.approx(0.5)
    assert raw_agreement("aaab", "aaaa", population=4).interval == Interval(0.75, 0.75)


COEFFICIENTS = [cohen_kappa, partial(cohen_kappa, weights="quadratic"), gwet_ac1]


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_a_coefficient_of_all_images_is_that_of_the_images_they_stand_for(coefficient: Any) -> None:
    """Rows drawn with 1/3 and 1/1 are as good as the table with the former three times over."""
    first, second = [1, 2, 3, 1, 2, 3, 3, 1], [1, 2, 3, 2, 2, 1, 3, 1]
    times = [3, 1, 1, 3, 3, 1, 1, 1]
    found = coefficient(first, second, probabilities=[1 / each for each in times])
    spelt = [
        [label for label, count in zip(column, times, strict=True) for _ in range(count)] for column in (first, second)
    ]

    assert found.value == pytest.approx(coefficient(*spelt).value)
    assert found.interval.low < found.value < found.interval.high
    assert coefficient(first, second, population=8).is_exact


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_without_weights_and_clusters_the_coefficient_is_the_plain_one(coefficient: Any) -> None:
    first, second = rows_of_table(DERMATOLOGISTS)
    plain, found = coefficient(first, second), coefficient(first, second, clusters=range(len(first)))

    assert found.value == pytest.approx(plain.value)
    assert found.interval.width == pytest.approx(plain.interval.width, rel=0.09)


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_scenes_widen_the_interval_and_a_large_share_of_a_project_narrows_it(coefficient: Any) -> None:
    first, second = rows_of_table(DERMATOLOGISTS)
    plain = coefficient(first, second, clusters=range(88)).interval.width
    # The rows of a table lie by cells: images of one scene are alike.
    assert coefficient(first, second, clusters=[row // 8 for row in range(88)]).interval.width > 1.5 * plain
    assert coefficient(first, second, population=110).interval.width < 0.6 * plain


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_a_sample_that_tells_nothing_is_undefined_and_one_scene_nearly_so(coefficient: Any) -> None:
    assert coefficient([1], [2], probabilities=[None]).value is None
    assert coefficient([1, 1], [1, 1], population=9).value is None
    assert coefficient([1, 2], [1, 1], clusters=["a", "a"]).interval.width > 0.7


def test_kappas_standard_error_is_as_irrcac_prints_it() -> None:
    """`kappa2.table(cont3x3abstractors)`: 0.05891072."""
    interval = cohen_kappa(*rows_of_table(ABSTRACTORS)).interval

    assert interval is not None
    assert interval.width / 2 / 1.959964 == pytest.approx(0.05891072, abs=5e-8)


@pytest.mark.parametrize(
    ("weights", "kappa", "low", "high"), [(None, 0.3449, 0.2030, 0.4868), ("linear", 0.5082, 0.3798, 0.6366)]
)
def test_kappa_and_its_interval_are_as_sas_prints_them(weights, kappa: float, low: float, high: float) -> None:  # type: ignore[no-untyped-def]
    found = cohen_kappa(*rows_of_table(DERMATOLOGISTS), weights=weights)

    assert found.interval is not None
    assert (found.value, found.interval.low, found.interval.high) == pytest.approx((kappa, low, high), abs=5e-5)


def test_quadratic_weights_are_by_hand_as_well() -> None:
    """By hand: 4 and 3 of 10 disagree by one step, 1 by two; disagreements 4 + 3 + 4 = 11 over those of chance.

    Totals 4, 3, 3 and 3, 4, 3: expected 10 (.16 + .12 + .09 + .12 + 4 (.12 + .09)) = 10 x 1.33 = 13.3; 1 - 11 / 13.3.
    """
    table = [[1, 3, 0], [1, 0, 2], [1, 1, 1]]
    observed = sum(count * (i - j) ** 2 for i, row in enumerate(table) for j, count in enumerate(row))
    rows, cols = [4, 3, 3], [3, 4, 3]
    expected = sum(rows[i] * cols[j] * (i - j) ** 2 for i, j in product(range(3), repeat=2)) / 10

    assert cohen_kappa(*rows_of_table(table), weights="quadratic").value == pytest.approx(1 - observed / expected)


def test_nearly_one_sided_labels_give_a_low_kappa_and_a_high_ac1() -> None:
    """Gwet (2008): agreement 0.944, kappa -0.0234, AC1 0.9408."""
    first, second = rows_of_table(GWET_2008)

    assert raw_agreement(first, second).value == pytest.approx(0.944)
    assert cohen_kappa(first, second).value == pytest.approx(-0.0234, abs=5e-5)
    assert gwet_ac1(first, second).value == pytest.approx(0.9408, abs=5e-5)


def test_ac1_of_a_table_is_as_irrcac_prints_it() -> None:
    """`gwet.ac1.table(cont3x3abstractors)`: 0.8493305, standard error 0.04321747, which divides by n = 100 and not by 99."""
    found = gwet_ac1(*rows_of_table(ABSTRACTORS))

    assert found.interval is not None
    assert found.value == pytest.approx(0.8493305, abs=5e-8)
    assert found.interval.width / 2 / 1.984217 == pytest.approx(0.04321747 * (100 / 99) ** 0.5, abs=5e-8)


def test_ac1_of_four_raters_with_gaps_is_as_irrcac_prints_it() -> None:
    """`gwet.ac1.raw(cac.raw4raters)`: 0.77544, interval 0.461 to 1."""
    found = gwet_ac1(*FOUR_RATERS)

    assert found.interval is not None
    assert found.value == pytest.approx(0.77544, abs=5e-6)
    assert (round(found.interval.low, 3), found.interval.high) == (0.461, 1)


def test_ac2_gives_a_near_miss_partial_credit() -> None:
    """By hand: 1-2 and 3-3 of three grades agree by 1 - (1/2)² = .75 and 1, .875 on average. π = 1/4, 1/4, 1/2;
    T = 3 + 4 x .75 = 6, over q (q - 1) = 6; p_e = 1 x (3/16 + 3/16 + 1/4) = .625; (.875 - .625) / .375.
    """
    found = gwet_ac2([1, 3], [2, 3], weights="quadratic", categories=[1, 2, 3])

    assert found.value == pytest.approx(0.25 / 0.375)


@pytest.mark.parametrize("coefficient", [cohen_kappa, gwet_ac1])
def test_labels_that_are_all_alike_tell_nothing(coefficient) -> None:  # type: ignore[no-untyped-def]
    """Neither 1.0 nor a crash: two raters who only ever say "8B" may not even look."""
    found = coefficient(["8B"] * 9, ["8B"] * 9, categories=["8B", "16B"])

    assert (found.value, found.interval, found.n) == (None, None, 9)
    assert found.undefined == "every label is the same one, so agreement cannot be distinguished from habit"


@pytest.mark.parametrize("coefficient", [cohen_kappa, gwet_ac1])
@pytest.mark.parametrize("columns", [([], []), ([None, "a"], ["a", None])])
def test_without_common_images_all_is_undefined(coefficient, columns: tuple[list[str], list[str]]) -> None:  # type: ignore[no-untyped-def]
    assert coefficient(*columns).value is None
    assert raw_agreement(*columns).value is None


@pytest.mark.parametrize("coefficient", [cohen_kappa, gwet_ac1])
def test_full_agreement_on_a_few_images_is_not_certainty(coefficient) -> None:  # type: ignore[no-untyped-def]
    """By hand for kappa: Wilson's lower bound of 10 of 10 is .72247, chance .5: (.72247 - .5) / .5 = .44493."""
    found = coefficient(["a"] * 5 + ["b"] * 5, ["a"] * 5 + ["b"] * 5)

    assert found.value == 1
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((0.44493, 1), abs=1e-5)


def test_a_rater_with_one_label_gives_a_kappa_of_0_and_an_interval_around_it() -> None:
    found = cohen_kappa(["a"] * 20, ["a"] * 12 + ["b"] * 8)

    assert found.value == pytest.approx(0)
    assert found.interval is not None
    assert found.interval.low < 0 < found.interval.high


def test_weights_need_the_order_of_names() -> None:
    grades = ["poor", "good", "poor"]
    with pytest.raises(ValueError, match=r"expected numbers, or categories=\[...\] from lowest to highest"):
        cohen_kappa(grades, grades[::-1], weights="linear")

    assert cohen_kappa(grades, grades[::-1], weights="linear", categories=["poor", "good"]).value == 1


@given(PAIRS)
def test_kappa_is_statsmodels_and_lies_in_its_interval(pairs: list[tuple[str, str]]) -> None:
    first, second = columns(pairs)
    found = cohen_kappa(first, second)
    if found.value is None:
        assert len({*first, *second}) == 1
        return

    assert found.interval is not None
    assert found.value == pytest.approx(cohens_kappa(confusion(first, second).counts, return_results=False))
    assert -1 <= found.interval.low <= found.value <= found.interval.high <= 1


@given(PAIRS, st.permutations(["a", "b", "c"]), st.randoms(use_true_random=False))
def test_neither_names_nor_row_order_nor_sides_matter(pairs, renamed, random) -> None:  # type: ignore[no-untyped-def]
    first, second = columns(pairs)
    names = dict(zip("abc", renamed, strict=True))
    other_pairs = [(names[other], names[one]) for one, other in random.sample(pairs, len(pairs))]
    for coefficient in (cohen_kappa, gwet_ac1):
        one, other = coefficient(first, second), coefficient(*columns(other_pairs))
        assert one.undefined == other.undefined
        assert one.n == other.n
        if one.interval is not None and other.interval is not None:
            assert one.value == pytest.approx(other.value)
            assert one.interval.width == pytest.approx(other.interval.width, abs=1e-9)


@given(PAIRS)
def test_linear_and_quadratic_weights_are_the_same_for_two_categories(pairs: list[tuple[str, str]]) -> None:
    first, second = columns([pair for pair in pairs if "c" not in pair])
    plain = cohen_kappa(first, second, categories=["a", "b"])
    assume(plain.value is not None)

    for weights in ("linear", "quadratic"):
        assert cohen_kappa(first, second, weights=weights, categories=["a", "b"]).value == pytest.approx(plain.value)


@given(PAIRS)
def test_ac1_lies_in_its_interval_and_unused_categories_raise_it(pairs: list[tuple[str, str]]) -> None:
    found, wider = gwet_ac1(*columns(pairs), categories="abc"), gwet_ac1(*columns(pairs), categories="abcdef")
    if found.value is None or wider.value is None:
        assert found.undefined == wider.undefined
        return

    assert found.interval is None or found.interval.low <= found.value <= found.interval.high <= 1
    assert wider.value >= found.value - 1e-12
