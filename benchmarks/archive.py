"""A project of very many images, from the store alone: `python -m benchmarks.archive --images 25000`.

Writes the rows of judged images straight into a SQLite store, then measures discovery, `archive`, the report and an export, each in a
process of its own: seconds of processor time, peak memory, and the size of what it writes. Nothing is asked of Encord or of a model:
the snapshot is generated too.
"""

import argparse
import base64
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import dagster as dg

from judge_pipeline.assets.partitions import add_tags, known_tags
from judge_pipeline.automation.support.archiving import archive_tags, find_archivable
from judge_pipeline.automation.support.pending_tags import new_tags
from judge_pipeline.cli.support.dagster_home import dagster_instance
from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.classification_answer import AttributeAnswer, ChosenOption, ClassificationAnswer
from judge_pipeline.domain.drawing import Draw, Drawing, random_number
from judge_pipeline.domain.final_choice import FinalChoice, Review
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.project_snapshot import ProjectRow, ProjectSnapshot
from judge_pipeline.domain.ruling import Ruling
from judge_pipeline.domain.score import Score
from judge_pipeline.domain.spending import Spent
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems, TextItem
from judge_pipeline.domain.workflow import StageKind
from judge_pipeline.store.store import ProjectStore, Store

PROJECT = "0f1d2c3b-0000-4000-8000-000000000000"
CRITERIA = ("Accuracy", "Completeness", "Fluency")
GRADES = ("Poor", "Fair", "Good", "Very good", "Excellent")
WORDS = "a man in red jacket walks past the old station while two dogs wait near an open door under grey sky"
REVIEWED = 0.02
"""The share of images that a person was asked about, by their number."""

FINISHED = 0.96
"""Of 250,000 images 10,000 are still in review."""


def tag_of(number: int) -> Tag:
    """The Tag of one image."""
    return Tag(f"{number:08x}-0000-5000-8000-{number * 2654435761 % 2**48:012x}")


def make_rows(store: ProjectStore, images: int) -> None:
    """The results of each image, and how far the review has drawn."""
    draw = random.Random(0)
    for start in range(0, images, 500):
        tags = [tag_of(number) for number in range(start, min(start + 500, images))]
        held = store.leases.acquire(tags, holder="benchmark", seconds=600)
        rows = []
        for tag in tags:
            for asset, value in values(tag, draw).items():
                rows.append((asset, held[tag], value))
        store.save_result_rows(rows)
        store.draws.save(dict.fromkeys(tags, Draw(1.0)))
        store.leases.release(list(held.values()))


def values(tag: Tag, draw: random.Random) -> dict[str, object]:
    """What a run leaves behind about one image, as long as usual."""
    text = " ".join(draw.choices(WORDS.split(), k=17))
    thumbnail = "data:image/jpeg;base64," + base64.b64encode(JPEG + draw.randbytes(10)).decode()
    spent = (
        Spent(draw.randrange(800, 1200), draw.randrange(20, 90), draw.random() / 500, draw.random() * 5, None, None)
        for _ in range(3)
    )
    scores = tuple(
        Score(captioner, criterion, GRADES[place], place, len(GRADES))
        for captioner in Captioner
        for criterion in CRITERIA
        for place in [draw.randrange(len(GRADES))]
    )
    choice = draw.choice(list(Captioner))
    answers = {
        captioner: ClassificationAnswer(
            f"hash-{captioner.value}",
            f"{captioner.value} rubric",
            (
                *(
                    AttributeAnswer(f"{score.criterion}-hash", score.criterion, ChosenOption("o", score.label))
                    for score in scores
                    if score.captioner is captioner
                ),
                AttributeAnswer("improvement-hash", "Improvement", improvement),
            ),
        )
        for captioner, improvement in zip(Captioner, (text[:80], text[-80:]), strict=True)
    }
    rulings = tuple(
        Ruling(
            first, answers[Captioner.LLM_8B], answers[Captioner.LLM_16B], (), choice, json.dumps({"reason": text * 3})
        )
        for first in Captioner
    )
    texts = LinkedTextItems(tag, *(TextItem(each, f"{tag}-{each.value}", str(tag)) for each in Captioner))
    return {
        "images": Image(tag, f"{tag[:8]}.jpg", str(tag), str(tag), "0" * 64, 640, 480, thumbnail),
        **{each.asset_name: Caption(tag, each, f"{text} {each.value}", "m", "v", next(spent)) for each in Captioner},
        "linked_text_items": texts,
        "judgements": Judgement(
            tag, rulings, tuple(answers.values()), choice, draw.random() < 0.9, False, (), scores, text[:80], text[-80:],
            "judge", "v", "o", next(spent),
        ),
        **final_choice(tag, choice, texts),
    }  # fmt: skip


def final_choice(tag: Tag, choice: Captioner, texts: LinkedTextItems) -> dict[str, FinalChoice]:
    """What a sync leaves behind: a blind choice about the images that were drawn, and the end of the review about the others."""
    if random_number(tag) >= REVIEWED:
        return {"final_choices": FinalChoice(tag, None, None, Review.APPROVED)}
    at, by = "2026-01-01T00:00:00+00:00", "someone@example.com"
    found = FinalChoice(
        tag, choice, choice.value, Review.APPROVED, blind=True, decided_by=by, decided_at=at, given_for=texts.item_uuids,
        answer_hash=tag[:8], saved_at=at, drawn=Drawing.RANDOM, round=1, sitting=at, judgement_version="judge; prompt v",
    )  # fmt: skip
    return {"final_choices": found}


def thumbnail_jpeg() -> bytes:
    """A photograph of usual size."""
    from io import BytesIO

    from PIL import Image as Pillow

    draw = random.Random(1)
    small = Pillow.frombytes("RGB", (12, 9), draw.randbytes(12 * 9 * 3))
    file = BytesIO()
    small.resize((160, 120)).save(file, "JPEG", quality=60)
    return file.getvalue()


JPEG = thumbnail_jpeg()


def snapshot_of(images: int) -> ProjectSnapshot:
    """The project's rows: most images finished, the others in review."""
    rows = []
    edited = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(images):
        kind = StageKind.COMPLETE if number < images * FINISHED else StageKind.REVIEW
        tag = tag_of(number)
        common = ("dataset", str(tag), f"{number}.jpg")
        rows.append(ProjectRow(str(tag), *common, True, kind.value, kind, tag, "Image", "label", edited))
    return ProjectSnapshot.of(rows, project_hash=PROJECT)


def measure(step: str, images: int, folder: Path) -> dict[str, object]:
    """One step, in this process."""
    store = Store.open(f"sqlite:///{folder / 'store.db'}")
    project = store.project(PROJECT)
    found: dict[str, object] = {}
    started, wall = time.process_time(), time.perf_counter()
    if step == "store":
        make_rows(project, images)
    elif step in ("register", "discovery", "archive"):
        snapshot = snapshot_of(images)
        with dagster_instance(folder / "dagster") as instance:
            started, wall = time.process_time(), time.perf_counter()
            found = with_dagster(step, snapshot, project, instance)
    elif step == "relaunch":
        found = relaunched(project, folder / "relaunch")
    else:
        found = outputs(step, project, folder)
    used = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "step": step,
        "processor s": round(used, 1),
        "wall s": round(time.perf_counter() - wall, 1),
        "peak MB": round(peak),
        **found,
    }


def with_dagster(
    step: str, snapshot: ProjectSnapshot, project: ProjectStore, instance: dg.DagsterInstance
) -> dict[str, object]:
    """The part of a step that works with Dagster's partitions."""
    if step == "register":
        add_tags(instance, list(snapshot.images))
    elif step == "archive":
        archive_tags(find_archivable(snapshot, project, instance, before=datetime.now(UTC)), project, instance)
    else:
        new = new_tags(snapshot, known_tags(instance), project.archived.all())
        return {"new": len(new.all), "left out": new.left_out}
    return {"partitions": len(known_tags(instance))}


def relaunched(project: ProjectStore, home: Path) -> dict[str, object]:
    """What runs of 250 tags add to Dagster's files: one that makes them, and one that finds them finished and logs them again."""
    from judge_pipeline.assets.tag_assets import SPECS
    from judge_pipeline.automation.support.partition_ranges import PartitionRange
    from judge_pipeline.dagster_events.event_log import EventLog
    from judge_pipeline.domain.asset_values import ASSET_TYPES

    tags = [tag_of(number) for number in range(250)]
    known = {asset: project.results(asset, type_, tags) for asset, type_ in ASSET_TYPES.items()}
    images = project.results("images", Image, tags)
    launches: list[bool] = []

    @dg.multi_asset(name="path", specs=SPECS, can_subset=True)
    def path(context: dg.AssetExecutionContext):  # type: ignore[no-untyped-def]
        with EventLog(context, item_url="https://app.encord.com/label_editor/{}".format) as log:
            for tag in tags:
                for asset, of in known.items():
                    log.materialized(asset, tag, of[tag], image=images[tag], reused=launches[-1])
        yield from ()

    sizes = []
    with dagster_instance(home) as instance:
        add_tags(instance, tags)
        job = dg.Definitions(
            assets=[path],
            jobs=[dg.define_asset_job("all", selection=list(ASSET_TYPES))],
            executor=dg.in_process_executor,
        ).resolve_job_def("all")
        for is_finished in (True, False, True):  # the first makes the files
            launches.append(is_finished)
            job.execute_in_process(
                instance=instance, tags=PartitionRange(tags[0], tags[-1]).run_tags, raise_on_error=False
            )
            sizes.append(sum(file.stat().st_size for file in home.rglob("*") if file.is_file()))
    new, again = (round((after - before) / 250 / 1000, 1) for before, after in pairwise(sizes))
    return {"MB for 1,000 new tags": new, "MB for 1,000 finished tags": again}


def outputs(step: str, project: ProjectStore, folder: Path) -> dict[str, object]:
    """The report or an export, as the commands write them."""
    from judge_pipeline.engine.report_files import write_files
    from judge_pipeline.exporting.decision import Provenance
    from judge_pipeline.exporting.export import Export, Format
    from judge_pipeline.exporting.preference import Wanted
    from judge_pipeline.reporting.report import Report
    from judge_pipeline.store.outcomes import load_outcomes

    report = Report(load_outcomes(project))
    if step == "report":
        write_files(report, project, folder / "report.html", title="Streets")
        sizes = {f"{name} MB": round((folder / f"report.{name}").stat().st_size / 1e6, 1) for name in ("html", "json")}
        return {"images": len(report.outcomes), **sizes}
    exported = Export.of(
        report.outcomes, Format.GENERIC, Wanted(tuple(Provenance), min_score_gap=None, unanimous=False)
    )
    (folder / "export").mkdir(exist_ok=True)
    exported.write(folder / "export", str)
    return {"rows": len(exported.examples)}


STEPS = ("store", "register", "discovery", "archive", "discovery", "report", "export", "relaunch")


def main() -> None:
    """Runs all steps, each in its own process, or one of them in this one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=25_000)
    parser.add_argument("--step", choices=STEPS)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.step:
        print(json.dumps(measure(options.step, options.images, options.folder)))
        return
    with tempfile.TemporaryDirectory() as folder:
        for step in STEPS:
            command = [sys.executable, "-m", "benchmarks.archive", "--images", str(options.images)]
            subprocess.run([*command, "--step", step, "--folder", folder], check=True, env={**os.environ})


if __name__ == "__main__":
    main()
