"""Kinds of image files, each with a specimen: what Chromium draws of it is what models are to be sent.

Add a line to the list of its subject; a new list is added to `ALL_KINDS`. `test_as_chromium_draws.py` prepares and draws
every specimen.

Not here: what a kind's own tests need (test_preparation.py, test_unreadable_images.py).
"""

from judge_pipeline_tests.models.images.kinds.bitmaps import BITMAPS
from judge_pipeline_tests.models.images.kinds.colours import COLOURS
from judge_pipeline_tests.models.images.kinds.containers import CONTAINERS
from judge_pipeline_tests.models.images.kinds.fine import FINE
from judge_pipeline_tests.models.images.kinds.jpegs import JPEGS
from judge_pipeline_tests.models.images.kinds.kind import Kind
from judge_pipeline_tests.models.images.kinds.ordinary import ORDINARY
from judge_pipeline_tests.models.images.kinds.tiffs import TIFFS
from judge_pipeline_tests.models.images.kinds.transparent import TRANSPARENT

ALL_KINDS: tuple[Kind, ...] = (
    *ORDINARY,
    *JPEGS,
    *FINE,
    *CONTAINERS,
    *COLOURS,
    *TRANSPARENT,
    *TIFFS,
    *BITMAPS,
)
