"""Every mistake on the command line ends with one line and exit code 2."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from judge_pipeline_tests.cli.commands import PROGRAM, judge_pipeline
from judge_pipeline_tests.environments import clean_environment
from judge_pipeline_tests.model_stub import paint

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--images", "nowhere"],
            "'nowhere' is not a folder; choose one with JPEG, PNG, WebP, AVIF, BMP or TIFF files",
        ),
        (["--images", "empty"], "the folder 'empty' holds no JPEG, PNG, WebP, AVIF, BMP or TIFF files"),
        (["--home", "file"], "cannot use the folder {here}/file/demo (Not a directory); choose another with"),
        (
            ["--home", "a?b"],
            "invalid setting JUDGE_PIPELINE_HOME: Dagster cannot open SQLite files in a path with ? or %",
        ),
        (["--json", "nowhere/summary.json"], "'nowhere/summary.json': No such file or directory"),
    ],
)
def test_a_demo_with_wrong_options_says_so_and_starts_nothing(
    tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    result = judge_pipeline("demo", *arguments, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"judge-pipeline: {sentence.format(here=tmp_path.resolve())}")
    assert {path.name for path in tmp_path.iterdir()} == {"empty", "file"}


def test_odd_names_are_printed_literally_and_not_as_markup(home: Path, tmp_path: Path) -> None:
    images = tmp_path / "its images"
    images.mkdir()
    names = ("[bold]red[x].png", "ünï 中文.png", f"{'x' * 190}.png", 'it\'s "quoted" $HOME.png')
    for name, colour in zip(names, ("red", "green", "blue", "white"), strict=True):
        paint(images, colour).rename(images / name)
    latin = images / os.fsdecode(b"caf\xe9")
    latin.mkdir()
    paint(latin, "black").rename(latin / os.fsdecode(b"caf\xe9.png"))
    (images / "._red.png").write_bytes(b"metadata of macOS")
    (images / "notes.txt").touch()
    arguments = ("demo", "--images", "its images", "--recursive", "--home", "home")
    result = judge_pipeline(*arguments, cwd=tmp_path, columns=160)
    assert (result.returncode, result.stderr) == (0, "")
    assert "left out of 'its images': 1 hidden file, 1 .txt file" in result.stdout
    assert "caf\\xe9/caf\\xe9.png" in result.stdout
    for name in (*names[:2], names[3]):
        assert name in result.stdout
    assert "xxxx…xxxx" in result.stdout
    assert "demo --images 'its images' --recursive --home home --ui" in result.stdout


def test_a_closed_pipe_shows_no_traceback(tmp_path: Path) -> None:
    """As in `judge-pipeline --help | head -1`."""
    process = subprocess.Popen(
        [PROGRAM, "--help"],
        cwd=tmp_path,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.wait(30)
    process.stderr.close()


EVERY_HELP = """
import sys
import typer
from judge_pipeline.cli import app, main
for command in ([], *([name] for name in typer.main.get_command(app).commands)):
    sys.argv[1:] = [*command, "--help"]
    try:
        main()
    except SystemExit as end:
        heavy = {"dagster", "encord", "openai", "PIL", "sqlalchemy"} & set(sys.modules)
        print(f"{command}: {end.code}, {heavy}", file=sys.stderr)
"""


def test_help_answers_at_once_and_reads_no_setting(tmp_path: Path) -> None:
    """No command's help imports a package that takes seconds."""
    command = [sys.executable, "-c", EVERY_HELP]
    environment = clean_environment({"CAPTION_MAX_WORDS": "abc"})
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    lines = result.stderr.splitlines()
    assert {line.partition(": ")[2] for line in lines} == {"0, set()"}
    assert result.stdout.count("Usage:") == len(lines) > 6
