"""The window's machinery: which screen is shown, scans handed out, idleness, visit, failure; knows no service."""
