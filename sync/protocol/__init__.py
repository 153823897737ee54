"""What station and office agree on: events, documents, wire and the drift fold. Pure."""
