"""Tests of the documentation: generated pages are current, commands and linked files exist."""
