"""Every class of call that the pipeline and related programs make."""

from judge_pipeline_tests.local.encord.faults.reads import READS
from judge_pipeline_tests.local.encord.faults.repeated_writes import RETRIED_WRITES
from judge_pipeline_tests.local.encord.faults.single_writes import WRITES_SENT_ONCE

CALLS = READS + RETRIED_WRITES + WRITES_SENT_ONCE

ONE_OF_EACH_CLASS = tuple(
    call
    for call in CALLS
    if call.name in ("get_project", "list_label_rows_v2", "proceed", "save", "item.update", "link_items")
)
"""For slow tests, and those that depend only on the class of call."""
