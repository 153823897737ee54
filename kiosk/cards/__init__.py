"""Cards that can be opened from anywhere: phone numbers."""
