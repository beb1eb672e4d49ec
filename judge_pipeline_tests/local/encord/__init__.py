"""The local Encord, asked through the official SDK."""
