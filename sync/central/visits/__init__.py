"""Visits by station, day, hour and trade."""
