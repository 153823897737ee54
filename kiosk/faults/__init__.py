"""Faults: what there is in the room, and one tap to say that it is broken, missing or dirty."""
