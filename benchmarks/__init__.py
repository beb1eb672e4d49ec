"""Speed, measured as ratios within one run; `python -m benchmarks.path --help`."""

from compileall import compile_dir
from multiprocessing import current_process
from pathlib import Path

import judge_pipeline
from judge_pipeline.engine.process_tuning import command_gc


def compile_package(checkout: Path) -> None:
    """As pip does when it installs: a checkout may be without compiled files, and PYTHONDONTWRITEBYTECODE leave it so."""
    compile_dir(checkout / "judge_pipeline", quiet=1)


if current_process().name == "MainProcess":
    compile_package(Path(judge_pipeline.__file__).parents[1])
else:  # a measured process: it stands for a `judge-pipeline` command
    command_gc()
