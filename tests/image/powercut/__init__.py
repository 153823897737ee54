"""True loss of power: a log of every write, replayed up to a moment, without what was not flushed."""
