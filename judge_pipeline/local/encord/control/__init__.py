"""The server's own routes, `/_local/…`: what Encord has no API for, and what tests need."""
