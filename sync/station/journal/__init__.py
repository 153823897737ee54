"""What happened at the station: its journal, and how long it keeps what."""
