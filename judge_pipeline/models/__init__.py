"""The one door to models: an `Endpoint` is asked through a `ModelClient`, about an image that was prepared for it.

endpoint            where a model answers, and how it wants to be asked
model_client        asks, and checks without cost
asking              a question answered, kept and read, and asked for once more when it has to be
calling             one question: within the spending_limits, through the rate_limiter, again when that may help
spending_limits           what the models of a run may take together: calls and dollars
rate_limiter                how many at once; pacing (requests a second), token_budget and token_estimate (tokens a minute),
                    outage (nobody asks a server that is down, but for a probe now and then)
retrying            what is tried again, and for how long
dialect             what a server understands of the protocol, learned from its refusals
chat_request        a question as the body of a chat completion
exchange            one request's outcome: a reply or a failure
completion          a server's body as a reply
reply_reading       a reply as an answer, or the end it stands for
failure_reading     a failure as the end it stands for
errors              every end there is
sdk_connection      the OpenAI SDK, imported when first used
image_preparation   an image file as small clean JPEG; image_formats, jpeg_structure, colour_modes serve it
price, price_list   tokens to dollars: the settings' price, the public ones
"""
