"""The pipeline's words and rules: pure values and functions that import nothing but each other."""
