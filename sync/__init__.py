"""Journal up, documents down: what station and office agree on, and each side's half."""
