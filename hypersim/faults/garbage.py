"""`garbage`: all is done, but the answer's body cannot be read."""

from typing import Literal

from hypersim.faults import Chance, Effect, Fault, Garble

_TEXT = b"upstream connect error or disconnect/reset before headers"


class Garbage(Fault, frozen=True):
    """`cut` after its first half, or a `text` in its place."""

    garbage: Literal["cut", "text"]

    def after(self, chance: Chance, hits: int) -> Effect | None:
        """See `Fault`."""
        del chance, hits
        return Garble(_TEXT if self.garbage == "text" else None)


FAULT = Garbage
