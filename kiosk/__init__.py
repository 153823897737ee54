"""The touch screen: services do the jobs, screens show them, `app.py` wires the parts."""
