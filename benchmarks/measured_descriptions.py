"""Prints, as Markdown, what the local models say about every sample photograph, and how long they take.

    python benchmarks/measured_descriptions.py [data folder]

The table goes into docs/measured-descriptions.md; a test fails when the two differ.
"""

import csv
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TypeVar

from judge_pipeline.local.models.describers.brief import describe_briefly
from judge_pipeline.local.models.describers.detailed import describe_in_detail
from judge_pipeline.local.models.judge.evidence import gather_evidence
from judge_pipeline.local.models.judge.verdict import Verdict, compare
from judge_pipeline.local.models.networks.catalogue import LITE0, LITE1, LITE2
from judge_pipeline.local.models.networks.classifier import Classifier
from judge_pipeline.local.models.picture.decoding import decode_image

PHOTOGRAPHS = resources.files("judge_pipeline.local.pair") / "photographs"
REPEATS = 5
T = TypeVar("T")


@dataclass(frozen=True)
class Cost:
    """Wall time and processor time in seconds; the latter hardly depends on the machine's other work."""

    wall: float
    processor: float


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()) / "networks"
    first, _ = measure(partial(_load, folder))
    again, (brief, judge, detailed) = measure(partial(_load, folder))
    costs: dict[str, list[Cost]] = {"measured-brief": [], "measured-detailed": [], "measured-judge": []}
    print("| photograph | shows | measured-brief | measured-detailed | scores | chosen |\n|---|---|---|---|---|---|")
    for name, subject in subjects():
        content = (PHOTOGRAPHS / f"{name}.jpg").read_bytes()
        brief_cost, short = fastest(partial(_brief, content, brief))
        detailed_cost, long = fastest(partial(_detailed, content, detailed))
        judge_cost, verdict = fastest(partial(_verdict, content, short, long, judge))
        for model, cost in zip(costs, (brief_cost, detailed_cost, judge_cost), strict=True):
            costs[model].append(cost)
        scores = f"{verdict.a.overall:.2f} : {verdict.b.overall:.2f}"
        chosen = {"A": "brief", "B": "detailed"}[verdict.winner] + (" (level)" if verdict.is_level else "")
        print(f"| `{name}` | {subject} | {short} | {long} | {scores} | {chosen} |")
    print("\n| | on the clock | processor time |\n|---|---|---|")
    print(f"| load three networks, converting them first | {first.wall:.1f} s | {first.processor:.1f} s |")
    print(f"| load three networks | {again.wall:.1f} s | {again.processor:.1f} s |")
    for model, of_model in costs.items():
        wall = statistics.median(cost.wall for cost in of_model) * 1000
        processor = statistics.median(cost.processor for cost in of_model) * 1000
        print(f"| `{model}`, median photograph | {wall:.0f} ms | {processor:.0f} ms |")


def _load(folder: Path) -> list[Classifier]:
    return [Classifier(network, folder) for network in (LITE0, LITE1, LITE2)]


def _brief(content: bytes, network: Classifier) -> str:
    return describe_briefly(decode_image(content), network)


def _detailed(content: bytes, network: Classifier) -> str:
    return describe_in_detail(decode_image(content), network)


def _verdict(content: bytes, caption_a: str, caption_b: str, network: Classifier) -> Verdict:
    return compare(caption_a, caption_b, gather_evidence(decode_image(content), network))


def subjects() -> Iterator[tuple[str, str]]:
    """Each photograph's name and subject, by name."""
    rows = csv.DictReader((PHOTOGRAPHS / "ATTRIBUTION.tsv").read_text().splitlines(), delimiter="\t")
    yield from sorted((row["file"].removesuffix(".jpg"), row["subject"]) for row in rows)


def measure(action: Callable[[], T]) -> tuple[Cost, T]:
    wall, processor = time.perf_counter(), time.process_time()
    result = action()
    return Cost(time.perf_counter() - wall, time.process_time() - processor), result


def fastest(action: Callable[[], T]) -> tuple[Cost, T]:
    """The best of several runs, decoding included: a shared machine only ever adds to the time."""
    runs = [measure(action) for _ in range(REPEATS)]
    costs = [cost for cost, _ in runs]
    return Cost(min(cost.wall for cost in costs), min(cost.processor for cost in costs)), runs[0][1]


if __name__ == "__main__":
    main()
