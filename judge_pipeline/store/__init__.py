"""What the pipeline knows and intends: answers, results, failures, intents, leases, per project; SQLite or PostgreSQL."""
