"""The one door to models, over the OpenAI SDK: an `Endpoint` is asked through a `ModelClient`.

endpoint               where a model answers: address, key, limits and price
model_client           asks an endpoint, and checks it without cost
ask                    a question answered from the cache or by the model, with one repair round
batch_asker            a question whose answer comes in a model batch
caller                 one question: within the spending limits, through the rate limiter, with retries
spending_limits        the calls and dollars that the models of a run share
spending_needs         what a run may spend and needs, the calls of a piece of work, a call under way
shared_endpoint        an endpoint's limits, and what is known of it, shared with other runs
shared_allowance       a limit of calls or dollars, shared with other runs
limit_shares           who may hold how much of a limit
rate_limiter           requests in flight, requests and tokens per minute, a pause while the endpoint is down
adaptive_concurrency   how many requests a server gets at once, and when one is overdue
adaptive_rate_limiter  the rate of requests, learned from a server's rate limits
token_budget           tokens per minute: how many a question will take, and when it may start
circuit_breaker        whether an endpoint is down, and which request may probe it
dialect                how a kind of server is asked, corrected by what it refuses
format_doubts          simpler answer formats for a question that is refused without a reason
chat_request           a question as the body of a chat completion
sdk_connection         the OpenAI SDK, imported when the first client opens
retry_after            how long a response asks to wait
exchange               the outcome of one request: a reply or a failure, and how failures are retried
response_body          a response body as JSON, and the error in it
completion             a server's response body as a reply
finish_reason          why a model stopped writing
replies                replies as an answer or an error
overload               what a failure says about the server: loading, busy, too slow, out of quota
error_kinds            what a refusal is about, by providers' codes and words
failures               failures as errors
model_list             what a server's list of models proves
errors                 the exception tree, and what may be quoted in a message
cost                   tokens as dollars: as reported, configured or public
forecast               tokens, dollars and minutes of planned calls
model_batches/         questions in files that a server answers within a day
images/                image files prepared for models
video/                 single frames of video files, as image files

Not here: the questions themselves and how their answers are read (domain), the cache of answers (store), and the local
stand-ins for models (local/models).
"""
