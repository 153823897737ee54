"""The office's half: a Django project that ingests journals and publishes documents."""
