"""Drivers for what is plugged into a station; they know nothing of workers or books."""
