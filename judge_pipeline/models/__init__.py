"""The one door to models: an `Endpoint` is asked through a `ModelClient`, about an image that was prepared for it.

endpoint            where a model answers, and how it wants to be asked
model_client        asks: retries, the answer ladder, the second try
gate, pacing        how many at once, how many per second
retrying            what is tried again, and for how long
dialect             what a server understands of the protocol, learned from its refusals
chat_request        a question as the body of a chat completion
exchange            one request's outcome: a reply or a failure
reply_reading       a reply as an answer, or the end it stands for
failure_reading     a failure as the end it stands for
errors              every end there is
sdk_connection      the OpenAI SDK, imported when first used
image_preparation   an image file as small clean JPEG; image_formats, jpeg_structure, colour_modes serve it
price               tokens to dollars
"""
