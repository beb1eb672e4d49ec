"""Benchmark of the local Encord with many label rows and many clients."""
