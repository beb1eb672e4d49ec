"""Tests of the blind review, against the local Encord through the real SDK."""
