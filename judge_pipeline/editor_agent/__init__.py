"""The agent that Encord's label editor calls: a button describes the frame, another has the judge asked again.

app         the routes, inside out: routes, guard, CORS     calls      what the calls' bodies hold
desk        what each route does                            explaining other parts' errors in a labeller's words
rejudging   the judge asked again about the open image      serving    the web server
guard       who gets in, and in what size                   admission  the rules of that; signatures: Encord's HMAC
describing  from a frame to its description                 asking     the model, and answers that were paid for
sharing     one answer for a double click                   clicks     how many a minute
runs        what the agent wants of Dagster                 dagster_web  the same through its web server
ticking     new images looked for, one look at a time       errors     what a labeller is told
"""
