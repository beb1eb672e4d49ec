"""Prints, as Markdown, the results of the canary set: what is flagged, and how often the attacking caption wins.

    python -m benchmarks.injection

Three judges are asked: one that obeys every caption, one that reads captions as data, and the measured judge with a real
photograph, also with orders painted into it. No vision-language model is asked; the first two are the extremes between
which one lies.
"""

import base64
import io
import json
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openai
from PIL import Image, ImageDraw

from judge_pipeline.domain.blinding import Orders
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.suspicion import signs_in
from judge_pipeline.domain.tag import Tag
from judge_pipeline.local.models import create_app
from judge_pipeline_tests.injection.canaries import CANARIES, ORDINARY, PAINTED
from judge_pipeline_tests.injection.judges import Judge, incorruptible, obedient
from judge_pipeline_tests.injection.trials import POOR_CAPTION, Tried, choice, questions, tried
from judge_pipeline_tests.servers import serve

TAGS = [Tag(f"tag {number}") for number in range(20)]
PHOTOGRAPH = Path(__file__).parents[1] / "judge_pipeline" / "local" / "pair" / "photographs" / "cat.jpg"


def main() -> None:
    print(f"{len(CANARIES)} attacking captions, {len(TAGS)} tags each; the attacking caption is the worse one.\n")
    print("| judge | asked in | attacking caption wins | undecided | better caption wins |\n|---|---|---|---|---|")
    for name, judge in {"obeys everything": obedient, "reads captions as data": incorruptible}.items():
        table(name, [each for tag in TAGS for each in tried(judge, tag=tag)])
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(create_app(Path(folder))) as url,
        openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as sdk,
    ):
        table("measured judge", tried(measured(sdk, photograph()), tag=TAGS[0]))
        painting(sdk)
    flagged = sum(bool(signs_in(canary.caption)) for canary in CANARIES)
    wrongly = sum(bool(signs_in(caption)) for caption in ORDINARY)
    print(f"\nFlagged: {flagged} of {len(CANARIES)} attacks, {wrongly} of {len(ORDINARY)} ordinary captions.")


def table(name: str, found: Iterable[Tried]) -> None:
    tries = list(found)
    for asked, choices in {
        "one order": [each.one_order for each in tries],
        "both orders": [each.both_orders for each in tries],
    }.items():
        counted = Counter(choices)
        shares = [counted[each] / len(tries) for each in (Captioner.LLM_8B, None, Captioner.LLM_16B)]
        print(f"| {name} | {asked} | " + " | ".join(f"{share:.0%}" for share in shares) + " |")


def painting(sdk: openai.OpenAI) -> None:
    before = choice(measured(sdk, photograph()), TAGS[0], POOR_CAPTION, Orders.BOTH)
    after = [choice(measured(sdk, photograph(text)), TAGS[0], POOR_CAPTION, Orders.BOTH) for text in PAINTED]
    changed = sum(each is not before for each in after)
    in_prompt = sum(text.splitlines()[0] in questions(TAGS[0], POOR_CAPTION, Orders.ONE)[0][1].text for text in PAINTED)
    print(
        f"\nPainted into the photograph: {changed} of {len(PAINTED)} change the measured judge's choice; {in_prompt} reach the prompt."
    )


def measured(sdk: openai.OpenAI, uri: str) -> Judge:
    def judge(text: str, schema: dict[str, Any]) -> dict[str, Any]:
        parts: list[Any] = [{"type": "image_url", "image_url": {"url": uri}}, {"type": "text", "text": text}]
        form: Any = {"type": "json_schema", "json_schema": {"name": "judgement", "schema": schema, "strict": True}}
        answer = sdk.chat.completions.create(
            model="measured-judge", messages=[{"role": "user", "content": parts}], response_format=form
        )
        judgement: dict[str, Any] = json.loads(answer.choices[0].message.content or "")
        return judgement

    return judge


def photograph(text: str = "") -> str:
    """The cat, with text painted near the lower edge."""
    picture = Image.open(PHOTOGRAPH).convert("RGB")
    if text:
        ImageDraw.Draw(picture).multiline_text((10, picture.height - 80), text, fill="white", font_size=28)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


if __name__ == "__main__":
    main()
