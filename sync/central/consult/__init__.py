"""The doctor by video: the call, the desk, the records and their figures."""
