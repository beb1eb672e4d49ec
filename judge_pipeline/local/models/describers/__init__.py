"""The two describers: sentences made of what was measured, and of nothing else."""
