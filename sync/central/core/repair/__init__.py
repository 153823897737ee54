"""What staff do when something went wrong."""
