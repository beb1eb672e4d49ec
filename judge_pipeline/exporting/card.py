"""The README of an export: what it holds, who decided, and how to load it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from judge_pipeline.domain.caption import caption_question

WHAT = {
    "generic": "Flat rows: `preference_pairs` has a better and a worse caption in each row, `best_captions` only the better one.",
    "trl": "Pairs of captions in the columns of TRL's `DPOTrainer` for vision models: `images`, `prompt`, `chosen`, `rejected`.",
    "sft": "The better caption of each image in the columns of TRL's `SFTTrainer`: `images`, `prompt`, `completion`.",
    "llamafactory": "Pairs of captions as LLaMA-Factory's ranked ShareGPT conversations; `dataset_info.json` describes them.",
}

HOW = {
    "generic": 'pandas.read_parquet("preference_pairs.parquet")',
    "trl": 'datasets.load_dataset("THIS_FOLDER")  # and DPOConfig(max_length=None): cutting would cut image tokens',
    "sft": 'datasets.load_dataset("THIS_FOLDER")',
    "llamafactory": "llamafactory-cli train ... dataset_dir=THIS_FOLDER media_dir=THIS_FOLDER dataset=captions_train",
}


def card(manifest: Mapping[str, Any]) -> str:
    """Markdown with front matter that declares the splits to `datasets`. `manifest` is the content of `export.json`."""
    format_ = manifest["format"]
    question = caption_question()
    return "\n".join(
        [
            *_front_matter(manifest["files"], format_),
            "# Captions",
            "",
            WHAT[format_],
            "",
            "```",
            HOW[format_],
            "```",
            "",
            *_table("Decided by", manifest["provenance"]),
            *_table("Split", manifest["splits"]),
            *_table("Left out", manifest["left_out"]),
            "An image's split is derived from its bytes, so it stays in its split when other images are added.",
            "The question to the captioners, after the system prompt, was:",
            "",
            *(f"> {line}" for line in (question.system, "", *question.text.splitlines())),
            "",
        ]
    )


def _front_matter(files: list[str], format_: str) -> list[str]:
    """Without it, `datasets` would load both the JSON lines and the Parquet files."""
    suffix = ".jsonl" if format_ == "llamafactory" else ".parquet"
    tables = [Path(name) for name in files if name.endswith(suffix)]
    if format_ == "generic":
        configs = [line for each in tables for line in (f"- config_name: {each.stem}", f"  data_files: {each.name}")]
    else:
        configs = ["- config_name: default", "  data_files:"]
        configs += [line for each in tables for line in (f"  - split: {each.stem}", f"    path: {each.name}")]
    return ["---", "configs:", *configs, "---", ""] if tables else []


def _table(title: str, counts: Mapping[str, int]) -> list[str]:
    rows = [f"| {name} | {count} |" for name, count in counts.items() if count]
    return [f"| {title} | Rows |", "|---|---:|", *(rows or ["| none | 0 |"]), ""]
