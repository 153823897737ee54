"""Files that documents need: kept, and proven while they come."""
