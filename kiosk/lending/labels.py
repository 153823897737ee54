"""Copy labels as people read them."""

from __future__ import annotations


def spoken_label(label: str) -> str:
    """A copy label as people read it: YZ 0004217-X."""
    if len(label) < 4 or not label[:2].isalpha():
        return label
    return f"{label[:2]} {label[2:-1]}-{label[-1]}"
