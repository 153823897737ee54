"""Making a station of a machine: enrolment, its test, and the sheet that says that it passed."""
