"""The ids of a book's states: those of the depth streams and of REST snapshots fit together.

A change of the book takes two ids. So the id of a snapshot always lies inside the range [U, u] of
the next diff, as the documents promise, even while the book rests: with one id for each change it
would often be that diff's U - 1, which the venue's clients hardly ever see, and some refuse.
"""


def last_update_id(changes: int) -> int:
    """`u` of what ends with the book's `changes`-th change."""
    return 2 * changes


def first_update_id(changes: int) -> int:
    """`U` of the diff that follows the book's `changes`-th change."""
    return 2 * changes + 1


def snapshot_id(changes: int) -> int:
    """`lastUpdateId` of the whole book after its `changes`-th change."""
    return 2 * changes + 1
