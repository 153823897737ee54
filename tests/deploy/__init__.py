"""What makes, flashes and sets up a station."""
