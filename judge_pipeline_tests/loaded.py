"""Everything that commands and runs load sooner or later, for the one process that imports it and forks others.

Nobody imports this by hand: `forked.py` names it to the fork server.
"""

import gc
import importlib

import pytest

from judge_pipeline.cli.support.terminal import silence_libraries
from judge_pipeline_tests.environments import set_only
from judge_pipeline_tests.libraries import load_libraries
from judge_pipeline_tests.migrations import read_once

MODULES = (
    "judge_pipeline.definitions",
    "judge_pipeline.cli.support.demonstration",
    "judge_pipeline.cli.support.expected_errors",
    "judge_pipeline.cli.support.retry",
    "judge_pipeline_tests.engine.trial",
)

silence_libraries()  # the definitions say which models they were loaded with
load_libraries()
with pytest.MonkeyPatch.context() as patch:
    set_only(patch, {})
    for module in MODULES:
        importlib.import_module(module)
read_once(pytest.MonkeyPatch())  # for good
gc.freeze()  # a child's collector that looked at all this would copy the memory
