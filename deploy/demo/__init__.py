"""The whole system on one machine: `make run` to try it, `make tour` to prove it."""
