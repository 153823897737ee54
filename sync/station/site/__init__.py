"""What a site has set down for its station: network, Wi-Fi, screen, office. One file, on a stick or the boot partition."""
