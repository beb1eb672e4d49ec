"""The door to Encord, against the local Encord through the real SDK."""
