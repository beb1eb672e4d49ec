"""Fills any JSON Schema with a model's answer.

filling    traverses the schema and asks a respondent for each value
describer  a describer's values: its sentence
judge      the judge's values: winner, grades, suggestions

Not here: reading `response_format` from the request (`api/chat_request`).
"""
