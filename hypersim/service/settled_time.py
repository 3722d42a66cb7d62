"""Up to when the read side is whole."""

from hypersim.service.committer import Batch, Committer


class SettledTime:
    """What the feed told becomes settled with the batch that was the last one then, and never
    again unsettled."""

    def __init__(self, committer: Committer) -> None:
        self._committer = committer
        self._settled_ms = 0
        self._settling: tuple[Batch, int] | None = None
        """The batch after which it is as late as this."""

    def up_to(self, told_ms: int) -> int:
        """In ms; see `Engine.settled_ms`."""
        if self._settling is not None and self._settling[0].is_done:
            self._settled_ms = max(self._settled_ms, self._settling[1])
            self._settling = None
        batch = self._committer.last()
        if batch is None:
            self._settled_ms = max(self._settled_ms, told_ms)
        elif self._settling is None:
            self._settling = batch, told_ms
        return self._settled_ms
