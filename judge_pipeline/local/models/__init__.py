"""Measured descriptions behind OpenAI's API, live and in batches: small real networks and pixel measurements, no language model.

app                 the web application
registry            the three models, by name
api/                the HTTP API: chat completions, faults, counters
batches/            files and batches
describers/         the two describers
judge/              the judge: checks two captions against its own measurements
structured_output/  fills a JSON Schema with a model's answer
picture/            decodes and measures a picture
networks/           the ImageNet classifiers
vocabulary/         words for what the classifiers recognise

Not here: the client for any model endpoint (`judge_pipeline.models`). How the sentences and scores come about is described in
docs/measured-descriptions.md.
"""

from judge_pipeline.local.models.app import create_app

__all__ = ["create_app"]
