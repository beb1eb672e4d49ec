"""Tests of the engine: Dagster runs in the test process, with real SDKs, a local Encord and stub models in threads.

fixtures        the shared servers, and a new trial for each test
trial           a project of one-colour images with everything that a run needs
people          what people do in Encord
encord_state    what a run leaves in Encord, and what it should leave
"""
