"""Prints docs/fidelity.md."""

import logging
import sys
import tempfile
import warnings
from pathlib import Path

from judge_pipeline_tests.fidelity.observing import observe, page_of

if __name__ == "__main__":
    logging.disable()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(page_of(observe(Path(folder)), Path(folder)))
