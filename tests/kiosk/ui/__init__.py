"""Tests of the kit, the pure parts of screens, and the configuration."""
