"""Signed calls to an agent when tasks enter its stage: task-ready notifications and custom agents.

webhook        what is registered               routes       `/_local/webhooks`
tables         its tables, and what fills them   dispatcher   the thread that sends
calls          bodies and signatures             deliveries   what is to be sent, and what became of it
notifications  when a stage is worth a call      decisions    what an agent's answer does to its task

Encord's documentation leaves some of this open. Assumed here: a failed delivery (time-out, connection refused or lost, 5xx)
is repeated a few times, each pause twice the one before, with the same body and a new timestamp and signature; any other
answer beyond 2xx is final, a redirect is not followed; a stage is checked at once when a task enters it, where Encord
checks every five minutes; a delivery that was under way when the server ended is sent again.
"""
