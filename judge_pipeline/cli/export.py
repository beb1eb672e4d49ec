"""`judge-pipeline export`: what people and the judge prefer, as training files."""

from pathlib import Path
from typing import Annotated

import typer

from judge_pipeline.exporting.decision import TRUSTED, Provenance
from judge_pipeline.exporting.export import MANIFEST, Export, Format


def export(
    out: Annotated[Path, typer.Option(help="Folder to write to; replaces an earlier export there.")],
    format_: Annotated[
        Format,
        typer.Option("--format", help="Flat rows, or the columns that TRL (DPO), TRL (SFT) or LLaMA-Factory expects."),
    ] = Format.GENERIC,
    provenance: Annotated[
        list[Provenance], typer.Option(help="Whose decisions to export; repeat the option for several.")
    ] = list(TRUSTED),  # noqa: B006 - typer's way to show a default
    min_score_gap: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="Export a judge's decision only if the scores differ by at least this fraction of the scale.",
        ),
    ] = None,
    unanimous: Annotated[
        bool, typer.Option("--unanimous", help="Export a judge's decision only if all its votes agree.")
    ] = False,
    images: Annotated[
        bool, typer.Option("--images", help="Also write the image files; all formats except `generic` do so anyway.")
    ] = False,
) -> None:
    """Write preference pairs or best captions for training, without ties and undecided images."""
    from judge_pipeline.assets.final_choices import read_final_choices
    from judge_pipeline.cli.support.image_files import write_images
    from judge_pipeline.cli.support.terminal import Terminal
    from judge_pipeline.composition.pipeline import make_resources
    from judge_pipeline.engine.atomic_files import atomic_folder
    from judge_pipeline.engine.read_report import read_report
    from judge_pipeline.exporting.preference import Wanted
    from judge_pipeline.reporting.export_gate import export_block_reason, judge_people_kappa
    from judge_pipeline.settings.settings import Settings, SettingsError

    if out.exists() and not (out / MANIFEST).exists() and (not out.is_dir() or any(out.iterdir())):
        raise SettingsError(f"--out {out} exists and is not an earlier export; name a new folder or empty this one")
    terminal = Terminal()
    pipeline = make_resources(Settings.read(), log=terminal.print)
    with terminal.busy("Reading people's decisions from Encord"):
        read_final_choices(pipeline, holder="judge-pipeline export")
    with pipeline.open_store() as store:
        report = read_report(pipeline, store)
    block_reason = export_block_reason(judge_people_kappa(report.opinions), min_kappa=pipeline.min_kappa)
    if block_reason and set(provenance) != {Provenance.HUMAN}:
        raise SettingsError(f"{block_reason}; `--provenance human` exports people's decisions only")
    wanted = Wanted(tuple(provenance), min_score_gap=min_score_gap, unanimous=unanimous)
    exported = Export.of(report.outcomes, format_, wanted)
    failed: dict[str, str] = {}
    if exported.examples:
        with atomic_folder(out) as folder:
            if images or format_.needs_images:
                failed = write_images(pipeline, exported.images, folder, earlier=out, console=terminal.console)
                exported = exported.without(failed)
            exported.write(folder, pipeline.item_url)
        terminal.print(f"{len(exported.examples)} rows ({_counts_by_provenance(exported)}) in {out}")
    else:
        terminal.print(
            f"Nothing to export: none of {len(report.outcomes)} images has a decision of the requested kind. No files written."
        )
    for reason, count in exported.left_out.items():
        terminal.print(f"left out: {count} ({reason})")
    for problem in failed.values():
        terminal.print(f"left out: {problem}", style="red")
    if failed or not exported.examples:
        raise typer.Exit(1)


def _counts_by_provenance(exported: Export) -> str:
    counts = [f"{count} by {provenance}" for provenance, count in exported.provenances.items() if count]
    return ", ".join(counts) or "none"
