"""The image in a machine without one: QEMU, slowly. `make image-smoke`, `make image-test`."""
