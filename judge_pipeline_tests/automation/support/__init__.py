"""Tests of what the sensors and schedules share."""
