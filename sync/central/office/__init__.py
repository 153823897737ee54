"""The pages the union office works with."""
