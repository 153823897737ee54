"""The agent: its exchanges with the office, and what it fetches there."""
