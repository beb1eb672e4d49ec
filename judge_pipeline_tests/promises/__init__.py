"""What the pipeline needs from Encord: each promise is written once, for the local server and the real one.

    pytest judge_pipeline_tests/promises                     the local server
    ENCORD_LIVE_PROJECT_HASH=… ENCORD_SSH_KEY_FILE=… pytest -m live judge_pipeline_tests/promises     the real Encord

The live project has the seed notebook's workflow and ontology and a dataset that is not a mirror. Use one without labellers:
the tests move its tasks. Every test creates its own storage folder, named `judge-pipeline promises …`, and always removes it
with its rows and items; only a killed process leaves one behind, which you can delete by that name.
"""
