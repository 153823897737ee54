"""A doctor by video: the room around the call, and the window it happens in."""
