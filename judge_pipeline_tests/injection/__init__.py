"""Attempts to sway the judge: what is sent to it, and what is suspected."""
