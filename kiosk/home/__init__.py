"""The resting screen: a poster, and what each service offers."""
