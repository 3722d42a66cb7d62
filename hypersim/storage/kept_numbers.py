"""How often something was drawn, kept beside the record: a kill of the process loses nothing."""

import mmap
from pathlib import Path

FILE = "drawn"
PLACES = 64
"""Numbers of 8 bytes, in the machine's order."""


def kept_numbers(root: Path, *, is_new: bool) -> "memoryview[int]":
    """The numbers of the record in this directory, from 0 for a new one. Written as they change:
    the system keeps what a killed process wrote. Raises OSError."""
    path = root / FILE
    with path.open("a+b") as file:
        if is_new:
            file.truncate(0)
        file.truncate(8 * PLACES)
        return memoryview(mmap.mmap(file.fileno(), 8 * PLACES)).cast("Q")
