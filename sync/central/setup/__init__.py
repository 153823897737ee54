"""The set-up tests of stations: their signed sheets, and which station is in service without one that passed."""
