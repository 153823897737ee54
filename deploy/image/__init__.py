"""The station's image: what `make image` makes, a stage a module. docs/image.md says what is in it and why."""
