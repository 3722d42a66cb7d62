"""A clock for a program: it starts at the exchange's time and passes at its speed.

libfaketime stands between the program and the system's clock, in all that it starts too. What it
lacks is in preload.c, which the machine's own compiler makes once.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from platformdirs import user_cache_path

SOURCE = Path(__file__).with_name("preload.c")
SHARED_MEMORY = Path("/dev/shm")
COMPILE_TIMEOUT_S = 60

_WRAPPER = "faketime"
_SIGNALS = "TERM,INT,HUP"

_TELLS_ITS_END = 'exec 3>&2 2>/dev/null; (exec "$@" 2>&3 3>&-); exit $?'
"""The wrapper says 0 of a command that a signal ended; a shell in between says 128 and its number.
What the shell itself has to say of that is not for the user."""


class ClockUnavailable(Exception):
    """No clock can be lent here; the message says what to install."""


class LentClock(NamedTuple):
    """It was `exchange_ms` when the machine's monotonic clock said `monotonic_ns`."""

    speed: float
    monotonic_ns: int
    exchange_ms: float
    library: Path

    def command(self, command: Sequence[str]) -> list[str]:
        """What to start instead. The wrapper outlives the signals that are for the command, which
        gets them as ever, and cleans up after it."""
        speed = f"+0 x{self.speed:g}"
        told = ("sh", "-c", _TELLS_ITS_END, "sh")
        restored = f"--default-signal={_SIGNALS}"
        return [_WRAPPER, "-m", "-f", speed, *told, "env", restored, "--", *command]

    def environment(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The program's, with what it takes to have the clock."""
        own = {name: value for name, value in environment.items() if "FAKETIME" not in name}
        before = own.get("LD_PRELOAD")
        exchange_ns = int(self.exchange_ms * 1_000_000)
        return own | {
            "LD_PRELOAD": f"{before}:{self.library}" if before else str(self.library),
            "FAKETIME_DONT_RESET": "1",
            "HYPERSIM_LENT": f"{self.speed:g} {self.monotonic_ns} {exchange_ns}",
        }


def left_behind(wrapper_pid: int) -> list[Path]:
    """What the wrapper shares among programs, and leaves where it is killed."""
    names = (f"faketime_shm_{wrapper_pid}", f"sem.faketime_sem_{wrapper_pid}")
    return [SHARED_MEMORY / name for name in names]


def preload_library() -> Path:
    """The compiled preload.c, from the cache where it is there. Raises ClockUnavailable."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    source = SOURCE.read_bytes()
    digest = hashlib.sha256(source).hexdigest()[:16]
    library = user_cache_path("hypersim", appauthor=False) / f"lent-clock-{digest}.so"
    missing = [] if shutil.which(_WRAPPER) else ["faketime"]
    if not library.exists() and compiler is None:
        missing.append("gcc")
    if missing:
        raise ClockUnavailable(
            f"to lend a program the exchange's clock takes {' and '.join(missing)}, which is not "
            f"here: apt install faketime gcc libc6-dev"
        )
    if not library.exists() and compiler is not None:
        _compile(compiler, library)
    return library


def _compile(compiler: str, library: Path) -> None:
    """Whole or not at all, whoever else does the same."""
    library.parent.mkdir(parents=True, exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(suffix=".so", dir=library.parent)
    os.close(descriptor)
    command = [compiler, "-shared", "-fPIC", "-O2", "-o", unfinished, str(SOURCE)]
    try:
        done = subprocess.run(
            [*command, "-ldl", "-lpthread"],
            capture_output=True,
            text=True,
            timeout=COMPILE_TIMEOUT_S,
            check=False,
        )
        if done.returncode:
            raise ClockUnavailable(
                f"{compiler} cannot compile {SOURCE.name} ({done.stderr.strip()[:200]!r}): "
                f"apt install gcc libc6-dev"
            )
        os.replace(unfinished, library)
    finally:
        Path(unfinished).unlink(missing_ok=True)
