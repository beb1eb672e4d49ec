"""The words for what the networks know: ImageNet's classes, and the broader kinds they belong to."""
