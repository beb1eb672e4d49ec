"""The codec of the judge's answers: from the ontology to a form and its JSON Schema, and from an answer back.

decoding       checks an answer against the fields and decodes it, or lists every problem
form           the fields of a form: keys for attributes, labels for options
form_parts     splits a form that is too large for one question
form_warnings  warnings about forms that are too large
json_object    finds the JSON object in a model's answer
judge_form     the fields that the judge fills in
schema         the JSON Schema of the fields
sheet          the judge's form, filled in part by part
strict_limits  the size limits of strict mode

Not here: the question around the form (`domain.judge_question`), the ruling that an answer becomes (`domain.ruling`).
"""
