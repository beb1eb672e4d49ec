"""`measured-judge`: checks the claims of two captions against its own measurements, and fills in any rubric.

prompt      finds the two captions and the schema in a prompt
evidence    the judge's own measurements of the picture
phrases     phrases about a picture's look, each with its check
claims      extracts the measurable claims of a caption
scoring     correctness and quality of one caption
verdict     compares two captions
ordinal     orders a list of options from worst to best
suggestion  how to improve a caption

Not here: writing the verdict into a JSON Schema (`structured_output/judge`); the pipeline's prompt (`domain/prompts`).
"""
