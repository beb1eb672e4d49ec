"""`judge-pipeline export`: what people and the judge prefer, as files for a trainer."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from judge_pipeline.exporting.decision import TRUSTED, Provenance
from judge_pipeline.exporting.export import MANIFEST, Export, Format

if TYPE_CHECKING:
    from judge_pipeline.domain.outcome import Outcome
    from judge_pipeline.engine.resources import PipelineResources


def export(
    out: Annotated[Path, typer.Option(help="Folder to write; an earlier export there is replaced as a whole.")],
    format_: Annotated[
        Format, typer.Option("--format", help="Flat rows, or the columns of TRL's DPO, TRL's SFT or LLaMA-Factory.")
    ] = Format.GENERIC,
    provenance: Annotated[
        list[Provenance], typer.Option(help="Whose decisions to take; give it several times for several.")
    ] = list(TRUSTED),  # noqa: B006 - typer's way to show a default
    min_score_gap: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Of the judge's decisions, those whose scores differ by this share of the scale or more."
        ),
    ] = None,
    unanimous: Annotated[
        bool, typer.Option("--unanimous", help="Of the judge's decisions, those with all its votes.")
    ] = False,
    images: Annotated[
        bool, typer.Option("--images", help="Write the images beside; all formats but `generic` do so anyway.")
    ] = False,
) -> None:
    """Write preference pairs, or best captions, for training; ties and undecided images are never among them."""
    from judge_pipeline.assets.final_choices import read_final_choices
    from judge_pipeline.cli.support.image_files import write_images
    from judge_pipeline.cli.support.terminal import Terminal
    from judge_pipeline.composition import make_resources
    from judge_pipeline.engine.atomic_files import atomic_folder
    from judge_pipeline.exporting.preference import Wanted
    from judge_pipeline.reporting.export_gate import export_block_reason, judge_people_kappa
    from judge_pipeline.settings.settings import Settings, SettingsError

    if out.exists() and not (out / MANIFEST).exists() and (not out.is_dir() or any(out.iterdir())):
        raise SettingsError(f"--out {out} is there already and no earlier export; name a new folder, or empty this one")
    terminal = Terminal()
    pipeline = make_resources(Settings.read(), log=terminal.say)
    read_final_choices(pipeline, holder="judge-pipeline export")
    outcomes = _known_outcomes(pipeline)
    reason = export_block_reason(judge_people_kappa(outcomes), min_kappa=pipeline.min_kappa)
    if reason and set(provenance) != {Provenance.HUMAN}:
        raise SettingsError(f"{reason}; `--provenance human` takes people's decisions alone")
    wanted = Wanted(tuple(provenance), min_score_gap=min_score_gap, unanimous=unanimous)
    exported = Export.of(outcomes, format_, wanted)
    failed: dict[str, str] = {}
    if exported.examples:
        with atomic_folder(out) as folder:
            if images or format_.needs_images:
                failed = write_images(pipeline, exported.images, folder, earlier=out, console=terminal.console)
                exported = exported.without(failed)
            exported.write(folder, pipeline.item_url)
        terminal.say(f"{len(exported.examples)} rows ({_ways(exported)}) in {out}")
    else:
        terminal.say(f"Nothing to export: none of {len(outcomes)} images is decided as asked for; nothing is written.")
    for why, count in exported.left_out.items():
        terminal.say(f"left out: {count} ({why})")
    for problem in failed.values():
        terminal.say(f"left out: {problem}", style="red")
    if failed or not exported.examples:
        raise typer.Exit(1)


def _known_outcomes(pipeline: "PipelineResources") -> "Sequence[Outcome]":
    from judge_pipeline.store.outcomes import outcomes_of
    from judge_pipeline.store.store import Store

    store = Store.open(pipeline.database_url)
    try:
        return outcomes_of(store.project(pipeline.project_hash))
    finally:
        store.close()


def _ways(exported: Export) -> str:
    return ", ".join(f"{count} by {way}" for way, count in exported.provenances.items() if count) or "none"
