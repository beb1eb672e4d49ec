"""Tests of what finds work and launches it."""
