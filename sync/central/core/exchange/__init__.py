"""One exchange with a station: its events taken into the journal."""
