"""How faithful the local Encord is: every public method of the official SDK is called, and its requests recorded.

`python -m judge_pipeline_tests.fidelity > docs/fidelity.md` generates the page; a test regenerates and compares it.

surface          the SDK's public methods, found by introspection
demonstrations/  calls of these methods, with assertions
world            the seed project that they work on
show             makes a call and records its requests
observing        runs all demonstrations
assumptions      what cannot be known from outside Encord
page             the page
test_fidelity    the page is current and complete

Not here: the tests of the local Encord's behaviour (local/encord, promises).
"""
