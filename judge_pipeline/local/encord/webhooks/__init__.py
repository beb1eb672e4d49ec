"""Signed calls to an agent when tasks enter its stage: task-ready notifications and custom agents.

routes         the routes under `/_local/webhooks`
webhook        a registered webhook and its settings
notifications  when a stage triggers a task-ready call
calls          bodies and signatures
dispatcher     the sending thread
deliveries     what to send, and the outcome
decisions      applies an agent's answer to its task

Not here: the tables and the triggers that fill them (`schema`); the agent that receives the calls (`editor_agent`).

Encord's documentation leaves some of this open. Assumptions: a failed delivery (time-out, connection refused or lost, 5xx)
is retried a few times with doubling pauses, with the same body and a new timestamp and signature; any other answer than 2xx
is final, redirects are not followed; a stage is checked as soon as a task enters it, where Encord checks every five
minutes; a delivery in progress when the server stopped is sent again.
"""
