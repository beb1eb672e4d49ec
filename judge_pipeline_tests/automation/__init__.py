"""Tests of the sensors, schedules and jobs."""
