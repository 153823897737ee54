"""Set-up, the demo and everything a machine needs around the programs."""
