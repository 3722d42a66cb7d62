"""Waiting longer after every failure in a row."""


class Backoff:
    """Waits of `first_s`, twice that, four times that … up to `cap_s`. No jitter: one client has no
    herd to spread, and a wait that can be predicted can be shown and tested."""

    def __init__(self, first_s: float, cap_s: float) -> None:
        self._first_s = first_s
        self._cap_s = cap_s
        self._next_s = first_s

    def next_s(self) -> float:
        """How long to wait now."""
        wait_s = min(self._next_s, self._cap_s)
        self._next_s = min(2 * wait_s, self._cap_s)
        return wait_s

    def reset(self) -> None:
        """It works again."""
        self._next_s = self._first_s
