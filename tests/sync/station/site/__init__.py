"""The site file."""
