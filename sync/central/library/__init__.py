"""Titles, copies and their moves, as told by the stations' events."""
