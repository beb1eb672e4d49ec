"""Answers in the shape that a JSON Schema asks for."""
