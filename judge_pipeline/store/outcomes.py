"""What the store knows of every image of a project, put together."""

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.outcome import Outcome, outcomes
from judge_pipeline.domain.text_item import LinkedTextItems
from judge_pipeline.store.store import ProjectStore


def outcomes_of(records: ProjectStore) -> tuple[Outcome, ...]:
    """One for each image; report and exports are made of these."""
    return outcomes(
        images=records.results("images", Image),
        captions_8b=records.results("captions_8b", Caption),
        captions_16b=records.results("captions_16b", Caption),
        judgements=records.results("judgements", Judgement),
        final_choices=records.results("final_choices", FinalChoice),
        failures=records.failures(),
        linked_text_items=records.results("linked_text_items", LinkedTextItems),
    )
