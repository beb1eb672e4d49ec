"""The HTTP API: OpenAI's routes for chat completions, and control routes under `/_local/`.

chat             POST /v1/chat/completions and GET /v1/models
chat_request     parses the request body
chat_completion  builds the response body
errors           errors with OpenAI's error body
faults           injected faults
connection       the middleware that cuts connections and applies the faults of a route
control          health, counters, faults and settings under `/_local/`

Not here: files and batches (`batches`); what the models answer (`registry`).
"""
