"""What the pipeline knows and intends: answers, results, failures, intents, per project; SQLite or PostgreSQL."""
