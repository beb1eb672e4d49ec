"""Tests of the path: real SDKs, a local Encord and stub models in threads of the test process, Dagster runs in it.

trial          a project of plain pictures with everything that a run needs     encord_state   what anyone sees in Encord
"""
