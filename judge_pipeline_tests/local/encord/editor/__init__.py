"""The read-only pages of the label editor."""
