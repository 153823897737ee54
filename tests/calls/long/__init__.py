"""Calls under every fault, `make test-call`; each case a test of its own, played by `python -m tests.calls.long`."""
