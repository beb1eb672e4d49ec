"""Measured descriptions behind /v1/chat/completions: small real networks and pixel measurements, no language model."""

from judge_pipeline.local.models.app import create_app

__all__ = ["create_app"]
