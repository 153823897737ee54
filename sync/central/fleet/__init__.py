"""The fleet: which programs stations run, releases in rings, and what stations are told to do."""
