"""What a run of the path loads by and by: loaded before, it costs no test its time."""

import importlib

MODULES = (
    "judge_pipeline.assets.batch",
    "judge_pipeline.models.sdk_connection",
    "PIL.PdfImagePlugin",
    "alembic.command",
    "anyio._backends._asyncio",
    "dagster._core.storage.base_storage",
    "fsspec.core",
    "genai_prices.data",
    "httpcore2",
    "httpx2",
    "openai.resources.chat",
    "upath",
)


def load_libraries() -> None:
    """A process's first batch tells the garbage collector to leave alone what is there; all others look at what comes later."""
    for module in MODULES:
        importlib.import_module(module)
