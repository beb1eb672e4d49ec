"""What a server's refusal is about, by its codes and words: the same thing has another name at every provider.

The test of each provider's errors is `test_provider_errors`. All patterns search `Failure.error_text`, which is in lower case.
"""

import re

from judge_pipeline.models.exchange import Failure

FILTER_CODE = re.compile(
    r"content.?filter|content.?(?:policy|moderation|safety|blocked|violation)|policy.?violation|responsibleai|inspection"
    r"|moderat(?:ion|ed)|sensitive|censor|prohibited.?content|block.?list|guardrail|harmful|unsafe|^safety|safety$|jailbreak"
    r"|risk.?control|inappropriate|^recitation$|^flagged"
)
"""Codes of a content filter: OpenAI's, Azure's, DashScope's, Volcengine's, Zhipu's, StepFun's, Bedrock's, …"""

FILTER_WORDS = re.compile(
    r"\bflagged\b|moderation|\bnsfw\b|content exists risk|\w_sensitive\b"
    r"|content (?:management )?(?:policy|policies|filter|moderation|safety)"
    r"|(?:usage|acceptable use|safety) (?:policy|policies|guidelines)|violat\w+ .{0,40}(?:polic|guideline|terms)"
    r"|(?:inappropriate|unsafe|sensitive|prohibited|harmful|disallowed|explicit) (?:content|image|input|material)"
    r"|content .{0,20}(?:inappropriate|unsafe|harmful|prohibited|violates|blocked)|safety (?:system|filter|settings|check)"
    r"|safety_check|guardrail|considered high risk|blocked by .{0,30}(?:safety|filter|policy|guard)"
    r"|due to (?:safety|recitation|prohibited)|(?:不安全|敏感|违规|不合规|违法|风险)"
)
FILTERING_STATUSES = {400, 403, 406, 409, 422, 451}

CENSORED = 451
"""StepFun's status for its filter; elsewhere that of a region block."""

ABOUT_REGION = re.compile(r"\b(?:regions?|countr(?:y|ies)|territor(?:y|ies)|locations?)\b")

ABOUT_ACCOUNT = re.compile(
    r"\b(?:account|organi[sz]ation|api.?key|user|ip(?: address)?|project|workspace|team|subscription)\b[^.]{0,60}"
    r"\b(?:flagged|suspended|disabled|banned|blocked|deactivated|terminated|restricted)\b"
    r"|\b(?:suspended|disabled|banned|deactivated) (?:account|organi[sz]ation|api.?key|user|project)"
)
"""Who asks is refused, not what is asked: the run must stop."""

SIGHT = r"(?:images?|image[ _](?:inputs?|content|support|understanding|messages?|block)|image as input|vision|visual|multi-?modal)"
UNSEEN = (
    r"(?! ?(?:urls?|formats?|files?|types?|sizes?|larger|exceed\w*|ids?|found|in (?:this|your|the))\b)(?! \w+ format)"
)
NO_IMAGES = re.compile(
    r"(?:not|n['\u2019]t|cannot|without|lacks?) (?:currently |yet )?(?:have|accept|support(?: for)?|handle|understand) (?:the |an )?"
    rf"{SIGHT}{UNSEEN}"
    r"|(?:cannot|can['\u2019]?t|not able to|unable to) (?:process|read|see|view|take|analy[sz]e) images\b(?! ?(?:larger|url|from|in))"
    r"|\bno (?:vision|image|multi-?modal) (?:support|input|capabilit)|support image input"
    r"|not (?:a )?(?:multi-?modal|vision|visual)\b|(?:text.only|language.only) model|at most 0 image"
    r"|(?:multi-?modal|vision|images|image (?:input|content|understanding)s?)(?: \w+)? (?:is|are) not (?:currently |yet )?"
    rf"(?:supported|enabled|available|allowed|accepted){UNSEEN}"
    r"|only (?:supports?|accepts?|takes?) text|only text (?:input|content|is|are)|supports? only text"
    r"|input modalit.{0,30}\bimages?\b|(?:content type|item type|part type|type:).{0,30}\bimage_url\b|image_url\b.{0,20} not supported"
    r"|no (?:vision encoder|image processor)|valid string.{0,40}\bcontent\b"
    r"|image_url.{0,40}only supported by certain models|unknown variant `?image_url|missing data required for image|mmproj"
    r"|content\W{0,6}(?:value )?must be a string"
)
"""The model is served and reads text alone."""

NO_MODEL = re.compile(
    r"model_?not_?(?:found|exist|available|supported|open)|deployment.?not.?found|no such model|unknown model|invalid[_ ]model"
    r"|no endpoints found for|not a valid model|model not exist|decommissioned"
    r"|\bmodels?\b.{0,80}(?:do(?:es)? not exist|not found|not available|(?:is|has been) (?:deprecated|retired|removed)|no longer"
    r"|is(?: not|n['\u2019]t) (?:currently )?(?:available|supported|deployed|loaded|a valid))"
)
NO_MODEL_STATUSES = {400, 403, 404, 410, 422}

BAD_KEY = re.compile(
    r"(?:incorrect|invalid|missing|no|wrong|expired|malformed) (?:api.?key|auth\w* (?:token|header|key|credentials?)|access.?token)"
    r"|api.?key (?:is )?(?:not valid|invalid|missing|expired|required|not found)|api_key_invalid|invalid_api_key"
)

ABOUT_TRANSPORT = re.compile(r"\bbase64\b|\burls?\b|\bdata.?uri")
"""How an image was sent is refused, not that there was one."""

WANTS_URL = re.compile(
    r"base64|data.?ur[il]\b|\bdata:|(?:must|should|only) .{0,40}(?:https?\b|valid (?:image )?url)|invalid (?:image )?url|inline.?data"
)
"""The server does not take images inside the request."""

CANNOT_FETCH = re.compile(
    r"\b(?:download|fetch)|(?:retriev|load|access|reach|open)\w* .{0,40}(?:image|url|media|file)|image.?urls? .{0,30}not"
    r"|invalid_image_url|(?:url|image) .{0,40}(?:timed? ?out|expired|unreachable|inaccessible)|urls? (?:is|are) not"
)
"""The server could not read the URL of an image, or takes none."""

ABOUT_FORMAT = re.compile(
    r"response.?format|response.?(?:json.?)?schema|response.?mime|json.?schema|json.?object|json.?mode|structured.?output|guided"
    r"|grammar|xgrammar|guidance|outlines|requested parameters|additional.?properties|\bschema\b|unimplemented keys"
    r"|\banyof\b|\boneof\b|\$ref|constrained.?(?:decoding|generation)|json.?output|\bebnf\b|format enforcer"
)
"""Grammars are what vLLM and llama.cpp make of a schema."""

JSON_MISFIT = re.compile(
    r"json_validate_failed|failed.?generation|(?:failed|unable|could not) to (?:generate|validate|produce|parse)"
    r".{0,30}(?:json|structured|schema)|(?:generated|model'?s?) (?:output|json|response).{0,40}(?:not match|invalid|does not)"
)
"""The server checked the model's JSON and found it wanting (Groq); the next answer may fit."""

ABOUT_SYSTEM_ROLE = re.compile(
    r"system.{0,3}(?:role|message|prompt|instruction)|developer instruction|roles?\b.{0,60}\bsystem\b|\bsystem\b.{0,20}\broles?\b"
    r"|roles? must alternate|only user(?:,|/| and| or)|alternate.{0,20}user|(?:chat.?)?template (?:error|render)"
    r"|(?:apply|applying|render\w*).{0,20}chat.?template|templateerror|first message must be.{0,10}user"
    r"|should start with.{0,10}user|\brole\b.{0,15}must be\b"
)
"""Chat templates of vision models without a place for a system message: Gemma's, LLaVA's, Llama 3.2 Vision's."""

VAGUE = re.compile(
    r"(?:internal.?(?:server.?)?error|unknown.?error|server.?error|an error (?:has )?occurred|something went wrong|error|500|null|none"
    r"|enginecore encountered an issue.*|provider returned error|[\W_]|internal|request failed)*"
)
"""A failure that could have any reason."""


def is_filtered(failure: Failure) -> bool:
    """Whether a content filter stopped this one question."""
    if failure.status in {401, 402, 404, 429} or ABOUT_ACCOUNT.search(failure.error_text):
        return False
    codes = (failure.code, *failure.codes)
    if any(FILTER_CODE.search(code.lower()) for code in codes if len(code) <= LONGEST_CODE):
        return True
    if failure.status == CENSORED and not ABOUT_REGION.search(failure.error_text):
        return True
    return failure.status in FILTERING_STATUSES and FILTER_WORDS.search(failure.error_text) is not None


LONGEST_CODE = 80
"""Characters; what is longer is prose."""


def takes_no_images(failure: Failure) -> bool:
    """Whether the model reads text alone."""
    text = failure.error_text
    is_about_transport = ABOUT_TRANSPORT.search(text) is not None
    return failure.status not in {None, 401, 402, 429} and not is_about_transport and NO_IMAGES.search(text) is not None


def has_no_such_model(failure: Failure) -> bool:
    """Whether the server does not serve the model that was asked."""
    text = failure.error_text
    return failure.status in NO_MODEL_STATUSES and not ABOUT_REGION.search(text) and NO_MODEL.search(text) is not None


def is_vague(failure: Failure) -> bool:
    """Whether an internal error says nothing about its reason: vLLM's to a schema it cannot compile does not."""
    return failure.status == 500 and VAGUE.fullmatch(failure.error_text) is not None
