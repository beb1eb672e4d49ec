"""What the local Encord is worth: every public method of the official SDK, called and watched.

`python -m judge_pipeline_tests.fidelity > docs/fidelity.md` makes the page; a test makes it again and compares.

surface         the SDK's public methods, found by introspection     demonstrations  calls of them, with what must come of them
show            makes a call and notes what the server was asked     assumptions     what nobody outside of Encord can know
page            the page
"""
