"""Stored events carried into the read models."""
