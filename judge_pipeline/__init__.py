"""Captions by two vision-language models, judged by a third, decided by a person: a Dagster project over Encord."""
