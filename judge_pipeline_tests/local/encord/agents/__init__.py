"""Programs written for Encord's own agents library, pointed at the local Encord only by settings."""
