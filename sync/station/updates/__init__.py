"""Another program for the station, and what the office tells it to do: fetched, tried, kept or taken back."""
