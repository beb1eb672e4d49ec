"""Generates docs/image-files.md: `python -m judge_pipeline_tests.docs.image_files_page > docs/image-files.md`."""

import sys

from judge_pipeline_tests.models.images.kinds import ALL_KINDS
from judge_pipeline_tests.models.images.kinds.kind import Kind

BEGINNING = """\
# Image files

Models are sent what a browser draws of a file, because that is what annotators look at: upright, in sRGB, 8 bits a channel, as a
JPEG. A test prepares a file of each kind below and compares it with what Chromium draws; they differ by less than 3 of
255 on average (`judge_pipeline_tests/models/images/test_as_chromium_draws.py`).

What is not done to every image stands in the metadata of its `images` partition: as `prepared`, or as `warning` if a person
should look at the file. Warnings are counted at the end of a run's log and in the report. Where models get other pixels than
before, an answer about the earlier ones is not reused.

* **Colours** are converted to sRGB by the ICC profile. In PNG, `cICP` precedes the profile, which precedes `sRGB`, which precedes
  `gAMA` with `cHRM`. Of a profile with several tables the perceptual one counts. Profiles that are sRGB already change nothing; a
  damaged one, or one for other channels, is ignored and named.
* **High dynamic range** (PQ, HLG) is drawn as on a screen without it.
* **Transparency** is shown on white if three quarters of the drawing can be seen on it, otherwise on black, otherwise on grey, else
  on that of them on which most can be seen. A pixel can be seen if it, or one within a sixteenth of the longer side, differs from
  the ground by 32 of 255 in a channel. Browsers would show a white drawing on nothing as an empty page.
* **Orientation** is read from EXIF in JPEG, AVIF and PNG (before its picture), and from a TIFF's tag; not from XMP, nor from a WebP.
* **A picture that shows nothing** gets a warning: one colour (all values within 4 of 255), almost black (none above 24), almost
  white (none below 240). Pictures from 64 pixels on are averaged in squares of 4 before they are measured.

| what becomes of it | kinds of files |
|---|---|
"""


def image_files_page() -> str:
    """The whole page."""
    rows: dict[str, list[str]] = {}
    for kind in ALL_KINDS:
        if not kind.name.startswith("specimen"):
            rows.setdefault(_outcome(kind), []).append(kind.name)
    lines = (f"| {outcome} | {'; '.join(names)} |\n".replace("||", "|") for outcome, names in rows.items())
    return BEGINNING + "".join(lines)


def _outcome(kind: Kind) -> str:
    if kind.refused is not None:
        return f"refused: “{kind.refused}”"
    words = [f"“… {note} …”" for note in kind.notes] + [f"warning “… {warning} …”" for warning in kind.warnings]
    return ", ".join(["shown", *words])


if __name__ == "__main__":
    sys.stdout.write(image_files_page())
