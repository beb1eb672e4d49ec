"""What a report may claim, and what its page shows."""
