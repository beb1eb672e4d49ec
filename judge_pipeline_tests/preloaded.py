"""Imports and compiles everything that commands and runs need, in the process of `fork_server.py`.

Do not import this module anywhere else.
"""

import gc
import importlib
import logging
import warnings
from datetime import UTC, datetime

import pytest

from judge_pipeline.cli.support.terminal import silence_libraries
from judge_pipeline.domain.refusals.detection import declines
from judge_pipeline.reporting.page import render_page
from judge_pipeline.reporting.report import Report
from judge_pipeline_tests.engines import share_engines
from judge_pipeline_tests.environments import use_only_settings
from judge_pipeline_tests.libraries import load_libraries
from judge_pipeline_tests.migrations import cache_migrations

MODULES = (
    "judge_pipeline.definitions",
    "judge_pipeline.cli.support.demonstration",
    "judge_pipeline.cli.support.expected_errors",
    "judge_pipeline.cli.support.retry",
    "judge_pipeline.local.models.app",
    "judge_pipeline_tests.engine.trial",
    "encord_agents.tasks.dependencies",
    "pandas",
    "pyarrow.parquet",
    "statsmodels.stats.inter_rater",
)

load_libraries()
with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
    silence_libraries()  # the definitions log the models in use
    use_only_settings(patch, {})
    for module in MODULES:
        importlib.import_module(module)
logging.getLogger("judge_pipeline").handlers.clear()
logging.getLogger("judge_pipeline").setLevel(logging.NOTSET)
for make_quick in (cache_migrations, share_engines):
    make_quick(pytest.MonkeyPatch())  # never undone
declines("")  # compiles its patterns
"".join(render_page(Report(()), project_title="", generated_at=datetime.now(UTC), thumbnails={}))  # and its templates
gc.freeze()  # otherwise a child's collector would touch, and so copy, all this memory
