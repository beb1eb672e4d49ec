"""The local Encord, used through the official SDK."""
