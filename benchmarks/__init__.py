"""Speed, measured as ratios within one run; `python -m benchmarks.path --help`."""

from judge_pipeline.engine.process_tuning import command_gc

command_gc()  # as each `judge-pipeline` command does: the measured processes stand for one
