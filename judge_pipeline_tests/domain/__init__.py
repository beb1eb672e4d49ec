"""Tests of the pipeline's words and rules."""
