"""The agent that Encord's label editor calls: one button describes the frame, another asks the judge again.

app              the routes, inside the middleware, inside CORS
middleware       the guard before the routes: access, size and form of a request
access           who may call: the policy that the middleware applies
signatures       Encord's HMAC signature, verified, and accepted once
request_bodies   a body: its size, its time, its form
payloads         what the bodies say
refusals         rejected requests, counted for the log
server           uvicorn on a bound socket, as the command starts it
listener         a bound on its connections
connections      limits and time-outs of one connection
agent            what each route does
single_flight    one piece of work for a double click
rate_limit       clicks per minute
describer        from a frame to its saved description
rejudger         from the open image to a run of `judgements`
dagster_runs     what the agent asks of Dagster
webserver_runs   the same through Dagster's web server
dagster_queries  its GraphQL queries
sensor_ticks     one evaluation of the sensor `new_images` at a time
errors           the exception tree: a status and a message for the labeller
error_messages   other parts' errors as messages for the labeller

Not here: the command and its settings (cli/agent, cli/support), Dagster in the agent's own process (cli/support/agent_runs).
"""
