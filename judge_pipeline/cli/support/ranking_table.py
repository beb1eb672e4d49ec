"""What `ranking` prints: the captioners in order, each pair, and what a reader must know."""

from rich import box
from rich.table import Table
from rich.text import Text

from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.domain.statistics import Estimate, Ranking
from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline.reporting.ranking import CaptionerRanking

LISTED_PAIRS = 50


def print_ranking(found: CaptionerRanking, terminal: Terminal) -> None:
    """The tables that have rows, and the reason for each ranking that is undefined."""
    if leading := found.leading:
        name, ranking = leading
        terminal.print(f"Captioners, best first, by {name}", style="bold")
        terminal.console.print(_captioners(found, ranking))
        terminal.print_wrapped(
            "Each figure is a captioner's mean expected win rate against the others, a tie counting half, with its 95% confidence "
            "interval: by the judge corrected by people, by people, by the judge. A rank is the range that the choices allow."
        )
    for name, ranking in found.by_whom.items():
        if ranking.undefined:
            terminal.print_wrapped(f"No ranking by {name}: {visible_line(ranking.undefined)}.")
        elif why := next((place.win_rate.undefined for place in ranking.places if place.win_rate.undefined), None):
            terminal.print_wrapped(f"The ranking by {name} has no intervals: {visible_line(_reason(why))}.")
    if found.pairs:
        terminal.print("\nPairs", style="bold")
        terminal.console.print(_pairs(found))
        if len(found.pairs) > LISTED_PAIRS:
            terminal.print(f"and {len(found.pairs) - LISTED_PAIRS} more pairs, see --json")
    for note in found.notes:
        terminal.print_wrapped(visible_line(note))


def _captioners(found: CaptionerRanking, leading: Ranking) -> Table:
    table = _table("rank", "captioner", "corrected", "people", "judge")
    rates = {name: {place.name: place.win_rate for place in ranking.places} for name, ranking in found.by_whom.items()}
    for number, place in enumerate(leading.places, 1):
        best, worst = place.ranks or (number, number)
        rank = str(best) if best == worst else f"{best}–{worst}"
        figures = [_estimate(of_kind.get(place.name)) for of_kind in rates.values()]
        table.add_row(
            Text(rank if place.ranks else f"{number}?"), Text(visible_line(str(place.name)), style="bold"), *figures
        )
    return table


def _pairs(found: CaptionerRanking) -> Table:
    table = _table("pair", "images", "choices", "people", "judge", "fitted")
    leading = found.leading
    for pair in found.pairs[:LISTED_PAIRS]:
        expected = leading[1].points.get((pair.one, pair.other)) if leading else None
        table.add_row(
            Text(f"{visible_line(pair.one)} against {visible_line(pair.other)}"),
            f"{pair.images:,}",
            f"{pair.labelled:,}",
            *(_share(each) for each in (pair.people, pair.judge, expected)),
        )
    return table


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _estimate(estimate: Estimate | None) -> str:
    """Such as "61% (52–69%)"."""
    if estimate is None or estimate.value is None:
        return "-"
    if estimate.interval is None:
        return _share(estimate.value)
    return f"{estimate.value:.0%} ({estimate.interval.low * 100:.0f}–{estimate.interval.high:.0%})"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _reason(why: str) -> str:
    return why.removeprefix("the interval: ")
