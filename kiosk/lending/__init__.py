"""Drift books: borrow here, return anywhere."""
