"""Cards that can be opened from anywhere: phone numbers, and what the station offers."""
