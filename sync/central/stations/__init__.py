"""The office's pages of stations: how they are, their codes, and what of theirs was set aside."""
