"""Stations, their journals and what is published to them; knows no other app."""
