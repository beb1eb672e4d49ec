"""`make dagster-versions`: the tests of `dagster_events` with the oldest and the newest Dagster that pyproject.toml allows.

Each version goes into a temporary folder in front of the environment's own; everything else stays as locked. Needs the network.
"""

import os
import re
import subprocess
import sys
import tempfile
import tomllib

from judge_pipeline_tests.docs.pages import ROOT

PACKAGES = ("dagster", "dagster-pipes", "dagster-shared")
"""What a run needs; they are released together."""


def allowed() -> tuple[str, str]:
    """The requirement of the oldest version, and that of the newest."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (range_,) = [line.removeprefix("dagster") for line in project["dependencies"] if re.match(r"dagster[<>=]", line)]
    oldest = re.fullmatch(r">=([\d.]+),<[\d.]+", range_)
    if not oldest:
        raise SystemExit(f"pyproject.toml: expected 'dagster>=OLDEST,<LIMIT', found 'dagster{range_}'")
    return f"=={oldest[1]}", range_


def passes_with(requirement: str) -> bool:
    """Whether the tests pass with this Dagster."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--target", folder, *(f"{package}{requirement}" for package in PACKAGES)], check=True)
        environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
        version = "import dagster; print('Dagster', dagster.__version__, 'of', dagster.__file__, flush=True)"
        subprocess.run([sys.executable, "-c", version], env=environment, check=True)
        tests = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "judge_pipeline_tests/dagster_events"]
        return subprocess.run([*tests, *sys.argv[1:]], env=environment, cwd=ROOT, check=False).returncode == 0


if __name__ == "__main__":
    passed = [passes_with(requirement) for requirement in allowed()]
    sys.exit(0 if all(passed) else 1)
