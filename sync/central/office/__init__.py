"""The frame of the pages the union office works with: menu, look, login; apps bring the rest, see rooms.py."""
