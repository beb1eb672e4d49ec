"""Generated pages are current."""

import subprocess
import sys

from judge_pipeline_tests.docs.assets_page import assets_page
from judge_pipeline_tests.docs.endpoints_page import endpoints_page
from judge_pipeline_tests.docs.image_files_page import image_files_page
from judge_pipeline_tests.docs.pages import ROOT
from judge_pipeline_tests.docs.settings_page import settings_page
from judge_pipeline_tests.docs.statistics_page import statistics_page


def test_the_settings_page_is_what_the_settings_say() -> None:
    """To generate it: python -m judge_pipeline_tests.docs.settings_page > docs/settings.md."""
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == settings_page()


def test_the_page_of_assets_is_what_the_definitions_say() -> None:
    """To generate it: python -m judge_pipeline_tests.docs.assets_page > docs/assets.md."""
    assert (ROOT / "docs" / "assets.md").read_text(encoding="utf-8") == assets_page()


def test_the_page_of_statistical_functions_is_what_their_docstrings_say() -> None:
    """To generate it: python -m judge_pipeline_tests.docs.statistics_page > docs/statistics-functions.md."""
    assert (ROOT / "docs" / "statistics-functions.md").read_text(encoding="utf-8") == statistics_page()


def test_the_page_of_endpoints_is_what_the_tests_say() -> None:
    """To generate it: python -m judge_pipeline_tests.docs.endpoints_page > docs/endpoints.md."""
    assert (ROOT / "docs" / "endpoints.md").read_text(encoding="utf-8") == endpoints_page()


def test_the_page_of_image_files_is_what_the_kinds_say() -> None:
    """To generate it: python -m judge_pipeline_tests.docs.image_files_page > docs/image-files.md."""
    assert (ROOT / "docs" / "image-files.md").read_text(encoding="utf-8") == image_files_page()


def test_the_page_of_the_command_line_is_what_the_commands_say() -> None:
    """To generate it: typer judge_pipeline.cli utils docs --name judge-pipeline --output docs/cli.md."""
    command = [sys.executable, "-m", "typer", "judge_pipeline.cli", "utils", "docs", "--name", "judge-pipeline"]
    made = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8").strip() == made.strip()
