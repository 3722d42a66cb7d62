"""`python -m tests.support.moved_server SECONDS serve ...`: a server whose wall clock is this much
ahead, whatever it uses it for."""

import runpy
import sys

import pytest

from tests.support.clock_reads import counted


def main() -> None:
    """Move the clock before anything of the server is imported."""
    ahead_s = int(sys.argv.pop(1))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("time", "time_ns"):
            counted(patch, name, ahead_s)
        runpy.run_module("hypersim", run_name="__main__", alter_sys=True)


main()
