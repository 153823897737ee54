"""Faults of amenities: reported at stations, taken and mended by the office."""
