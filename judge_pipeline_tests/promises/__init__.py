"""What the pipeline needs from Encord, each promise written once and kept by the local server and the real one alike.

    pytest judge_pipeline_tests/promises                     the local server
    ENCORD_LIVE_PROJECT_HASH=… ENCORD_SSH_KEY_FILE=… pytest -m live judge_pipeline_tests/promises     the real Encord

The live project has the seed notebook's workflow and ontology, one dataset that is no mirror, and nobody works in it:
its tasks are moved. Every test makes a storage folder of its own, named `judge-pipeline promises …`, and removes it with
all rows and items in it, whatever happens; only a killed process leaves one behind, to be deleted by that name.
"""
