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
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TypeVar

from judge_pipeline.local_models.describers.brief import describe_briefly
from judge_pipeline.local_models.describers.detailed import describe_in_detail
from judge_pipeline.local_models.judge.evidence import gather_evidence
from judge_pipeline.local_models.judge.verdict import Verdict, compare
from judge_pipeline.local_models.networks.catalogue import LITE0, LITE1, LITE2
from judge_pipeline.local_models.networks.classifier import Classifier
from judge_pipeline.local_models.picture.decoding import decode_image

PHOTOGRAPHS = resources.files("judge_pipeline.embedded") / "photographs"
REPEATS = 5
T = TypeVar("T")


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()) / "networks"
    converting, _ = timed(lambda: [Classifier(network, folder) for network in (LITE0, LITE1, LITE2)])
    loading, (brief, judge, detailed) = timed(
        lambda: [Classifier(network, folder) for network in (LITE0, LITE1, LITE2)]
    )
    durations: dict[str, list[float]] = {"measured-brief": [], "measured-detailed": [], "measured-judge": []}
    print("| photograph | shows | measured-brief | measured-detailed | scores | chosen |\n|---|---|---|---|---|---|")
    for name, subject in subjects():
        content = (PHOTOGRAPHS / f"{name}.jpg").read_bytes()
        brief_seconds, short = fastest(partial(_brief, content, brief))
        detailed_seconds, long = fastest(partial(_detailed, content, detailed))
        judge_seconds, verdict = fastest(partial(_verdict, content, short, long, judge))
        for model, seconds in zip(durations, (brief_seconds, detailed_seconds, judge_seconds), strict=True):
            durations[model].append(seconds)
        scores = f"{verdict.a.overall:.2f} : {verdict.b.overall:.2f}"
        chosen = {"A": "brief", "B": "detailed"}[verdict.winner] + (" (level)" if verdict.is_level else "")
        print(f"| `{name}` | {subject} | {short} | {long} | {scores} | {chosen} |")
    print(f"\nconverting and loading {converting:.2f} s, loading again {loading:.2f} s")
    for model, times in durations.items():
        print(f"{model}: median {statistics.median(times) * 1000:.0f} ms, slowest {max(times) * 1000:.0f} ms")


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


def timed(action: Callable[[], T]) -> tuple[float, T]:
    start = time.perf_counter()
    result = action()
    return time.perf_counter() - start, result


def fastest(action: Callable[[], T]) -> tuple[float, T]:
    """The best of several runs, decoding included: a shared machine only ever adds to the time."""
    return min((timed(action) for _ in range(REPEATS)), key=lambda pair: pair[0])


if __name__ == "__main__":
    main()
