"""Signed calls to agents."""
