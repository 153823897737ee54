"""Check-in: one tap on a trade, or one scan of a member code."""
