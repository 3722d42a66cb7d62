"""Who reads the wall's clock, and another one in its place."""

import sys
import time
from collections.abc import Callable

import pytest

_READERS = ("hypersim", "tests")


class ClockReads:
    """How often the exchange or a test of it has asked."""

    count = 0


def counted(patch: pytest.MonkeyPatch, name: str, ahead_s: int = 0) -> ClockReads:
    """Count the calls of `time.<name>`, which is this much ahead from now on."""
    reads = ClockReads()
    real: Callable[[], float] = getattr(time, name)
    ahead = ahead_s * 10**9 if name.endswith("_ns") else ahead_s

    def asked() -> float:
        reads.count += sys._getframe(1).f_globals["__name__"].startswith(_READERS)
        return real() + ahead

    patch.setattr(time, name, asked)
    return reads
