"""The value types of the partitioned assets: what the store holds for each (asset, Tag)."""

from collections.abc import Mapping

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.text_item import LinkedTextItems

AssetValue = Image | Caption | LinkedTextItems | Judgement

ASSET_TYPES: Mapping[str, type[AssetValue]] = {
    "images": Image,
    Captioner.LLM_8B.asset_name: Caption,
    Captioner.LLM_16B.asset_name: Caption,
    "linked_text_items": LinkedTextItems,
    "judgements": Judgement,
}
"""Upstream assets come first."""
