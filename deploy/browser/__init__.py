"""What the call window's browser may do: a managed policy, rendered for a station."""
