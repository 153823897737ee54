"""The station image, beyond what can be checked without starting it."""
