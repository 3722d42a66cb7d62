"""Cleans up after `hypersim run`, also where that is killed and can do nothing any more.

A shell reads what is to be done from a pipe, and does it once the pipe is closed: the system closes
it with the process, however that ends.
"""

import contextlib
import subprocess
from collections.abc import Iterable
from pathlib import Path
from shlex import quote
from types import TracebackType

PATIENCE_S = 1
"""How long what is left of a bot has between SIGTERM and SIGKILL."""

_SCRIPT = """
while read -r line; do
    case $line in
        forget) todo= ;;
        *) todo="$todo$line;" ;;
    esac
done
eval "$todo" 2>/dev/null
"""


class Guard:
    """For the length of a block."""

    def __enter__(self) -> "Guard":
        # In a session of its own, it survives the terminal's Ctrl-C.
        self._shell = subprocess.Popen(
            ["sh", "-c", _SCRIPT], stdin=subprocess.PIPE, text=True, start_new_session=True
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._tell("forget")
        assert self._shell.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._shell.stdin.close()
        self._shell.wait()

    def ends_server(self, pid: int) -> None:
        """Stop this process, as an operator does."""
        self._tell(f"kill -TERM {pid}")

    def ends_bot(self, group: int, shared: Iterable[Path]) -> None:
        """End all processes of this group, and remove what they shared."""
        files = " ".join(quote(str(path)) for path in shared)
        ends = f"kill -TERM -{group}", f"sleep {PATIENCE_S}", f"kill -KILL -{group}"
        self._tell("; ".join((*ends, f"rm -f {files}")))

    def _tell(self, line: str) -> None:
        assert self._shell.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._shell.stdin.write(line + "\n")
            self._shell.stdin.flush()
