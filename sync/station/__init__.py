"""The station's half: its store, and the agent that exchanges with the office."""
