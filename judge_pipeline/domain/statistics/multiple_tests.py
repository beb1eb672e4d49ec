"""Several tests at once: p-values adjusted so that one false alarm among all of them stays rare."""

from judge_pipeline.domain.statistics.arguments import is_within, shown
from judge_pipeline.domain.statistics.columns import Numbers, is_missing, values_of


def holm(p_values: Numbers) -> list[float | None]:
    """Holm's adjusted p-values, in the order of the given ones.

    If each is compared with 5%, at most one family of tests in twenty has a false alarm, however the tests depend on each other.
    The smallest of m is multiplied by m, the next by m - 1, and so on; none is below one before it or above 1. A missing p-value, of
    a test that could not be computed, stays None and does not count.

    Sources: S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979), 65-70;
    as adjusted p-values: S. P. Wright, Biometrics 48 (1992), 1005-1013.

    Raises:
        ValueError: a value that is not between 0 and 1.
    """
    given = values_of(p_values)
    known = [place for place, value in enumerate(given) if not is_missing(value)]
    if strange := [given[place] for place in known if not is_within(given[place], 0, 1)]:
        raise ValueError(f"expected p-values between 0 and 1, or None for a missing one, found {shown(strange[0])}")
    adjusted: list[float | None] = [None] * len(given)
    least = 0.0
    for rank, place in enumerate(sorted(known, key=lambda place: float(given[place]))):
        least = max(least, min(1.0, (len(known) - rank) * float(given[place])))
        adjusted[place] = least
    return adjusted
