"""Speed, measured as ratios within one run; `python -m benchmarks.path --help`."""

from multiprocessing import current_process

from judge_pipeline.engine.process_tuning import command_gc

if current_process().name != "MainProcess":  # a measured process: it stands for a `judge-pipeline` command
    command_gc()
