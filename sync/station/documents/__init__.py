"""What the office has published to the station, and how it is renewed."""
