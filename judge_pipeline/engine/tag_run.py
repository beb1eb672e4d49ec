"""The path of one tag: what each step needs, and how it is made from that."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar, cast

from judge_pipeline.domain.asset_values import AssetValue
from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems
from judge_pipeline.engine.batch_context import BatchContext
from judge_pipeline.engine.leases import Leases
from judge_pipeline.engine.steps.captions import make_caption
from judge_pipeline.engine.steps.images import Images
from judge_pipeline.engine.steps.judgements import Ruler, make_judgement
from judge_pipeline.engine.steps.linked_text_items import TextLinker
from judge_pipeline.models.image_preparation import PreparedImage

V = TypeVar("V", bound=AssetValue)


class NotMaterialized(Exception):
    """A step needs another one's value, which is neither there nor to be made in this run."""


class Tools:
    """What the steps of all tags of a batch share."""

    def __init__(self, batch: BatchContext, leases: Leases) -> None:
        self.batch = batch
        self.images = Images(batch)
        self.linker = TextLinker(batch, leases)
        self.ruler = Ruler(batch, leases)


class TagRun:
    """One tag on its way. Each value is made at most once, when something first needs it.

    `selected` are the assets that may be made. `obtain` stands between a step and its making: it hands out what is known
    already, and records what is new.
    """

    def __init__(
        self,
        tools: Tools,
        tag: Tag,
        selected: Collection[str],
        obtain: Callable[[str, Callable[[], Awaitable[AssetValue]]], Awaitable[AssetValue]],
    ) -> None:
        self._tools = tools
        self._tag = tag
        self._selected = selected
        self._obtain = obtain
        self._values: dict[str, asyncio.Task[AssetValue]] = {}
        self._picture: asyncio.Task[PreparedImage] | None = None

    async def value(self, asset: str) -> AssetValue:
        """The value of one of the partitioned assets."""
        if asset not in self._values:
            self._values[asset] = asyncio.ensure_future(self._obtain(asset, self._maker(asset)))
        return await self._values[asset]

    def _maker(self, asset: str) -> Callable[[], Awaitable[AssetValue]]:
        makers: dict[str, Callable[[], Awaitable[AssetValue]]] = {
            "images": self._make_image,
            "captions_8b": lambda: self._make_caption(Captioner.LLM_8B),
            "captions_16b": lambda: self._make_caption(Captioner.LLM_16B),
            "linked_text_items": self._make_linked_text_items,
            "judgements": self._make_judgement,
        }
        return makers[asset]

    async def _make_image(self) -> Image:
        return await self._tools.images.image(self._tag, await self._prepared())

    async def _make_caption(self, captioner: Captioner) -> Caption:
        await self.value("images")
        return await make_caption(self._tools.batch, self._tag, captioner, await self._prepared())

    async def _make_linked_text_items(self) -> LinkedTextItems:
        return await self._tools.linker.link(self._tag, await self._captions())

    async def _make_judgement(self) -> Judgement:
        """The judge is asked while the texts are being linked, as long as that works; else the texts come first."""
        captions = await self._captions()
        if "linked_text_items" not in self._selected or not self._tools.linker.works:
            await self.value("linked_text_items")
        judging = make_judgement(
            self._tools.batch,
            self._tag,
            await self._prepared(),
            caption_8b=captions[Captioner.LLM_8B],
            caption_16b=captions[Captioner.LLM_16B],
        )
        linking = self._of("linked_text_items", LinkedTextItems)
        # both to their ends, whatever becomes of the other: an answer on its way is paid for, and kept for the next run
        texts, judgement = await asyncio.gather(linking, judging, return_exceptions=True)
        if isinstance(texts, BaseException):
            raise texts
        if isinstance(judgement, BaseException):
            raise judgement
        await self._tools.ruler.rule(judgement, texts)
        return judgement

    async def _captions(self) -> dict[Captioner, Caption]:
        both = await asyncio.gather(*(self._of(captioner.asset_name, Caption) for captioner in Captioner))
        return dict(zip(Captioner, both, strict=True))

    async def _of(self, asset: str, type_: type[V]) -> V:
        return cast("V", await self.value(asset))

    async def _prepared(self) -> PreparedImage:
        if self._picture is None:
            self._picture = asyncio.ensure_future(self._tools.images.picture(self._tag))
        return await self._picture
