"""The HTTP API: OpenAI's routes for chat completions, and control routes under `/_local/`.

chat             POST /v1/chat/completions and GET /v1/models
chat_request     parses the request body
chat_completion  builds the response body
errors           errors with OpenAI's error body
faults           injected faults, and the middleware that cuts connections
control          health, counters and faults under `/_local/`

Not here: what the models answer (`registry`).
"""
