"""The libraries that a run imports late.

The first batch of a process freezes all objects for the garbage collector (`engine/process_tuning.py`); what is imported
afterwards is scanned by every later batch. Importing these first halves a run with nothing to do: 0.18 s instead of 0.36 s
of processor time.
"""

import importlib

from PIL import Image

MODULES = (
    "judge_pipeline.engine.batch_runner",
    "judge_pipeline.models.sdk_connection",
    "PIL.PdfImagePlugin",
    "alembic.command",
    "anyio._backends._asyncio",
    "dagster._core.execution.execute_in_process",
    "dagster._core.storage.base_storage",
    "dagster._core.storage.legacy_storage",
    "fsspec.core",
    "genai_prices.data",
    "httpcore2",
    "httpx2",
    "openai.resources.chat",
    "scipy.stats",
    "upath.core",
)


def load_libraries() -> None:
    """Call it before the first run of a process."""
    for module in MODULES:
        importlib.import_module(module)
    Image.init()
