"""What a worker of Celery reads at its start, from a folder on PYTHONPATH: where its tasks are."""

import os

broker_url = os.environ["DAGSTER_CELERY_BROKER_URL"]
result_backend = os.environ["DAGSTER_CELERY_BACKEND_URL"]
worker_prefetch_multiplier = 1
worker_disable_prefetch = True  # a busy worker reserves no second run; the multiplier alone reserves one
