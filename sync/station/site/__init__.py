"""What a site has set down for its station: network, Wi-Fi, screen, office; one file, on a stick or the disk."""
