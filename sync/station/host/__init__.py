"""The door to the machine: a small root program that does what is in its table, and those who ask it."""
