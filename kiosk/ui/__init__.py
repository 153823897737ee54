"""Theme, fonts and the small widget kit that every screen is made of."""
