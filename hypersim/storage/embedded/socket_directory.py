"""Where the server's unix socket lies: a directory that only the server's user may enter."""

import contextlib
import hashlib
import os
import stat
import tempfile
from pathlib import Path

from hypersim.storage.connection import DEFAULT_PORT
from hypersim.storage.embedded.account import ServerAccount

_SOCKET_NAME = f".s.PGSQL.{DEFAULT_PORT}"
# The kernel's limit for a socket's path is 107 bytes on Linux, 103 on macOS.
_PATH_BYTES_MAX = 103
# Connection settings would take these for lists of hosts, ports, or options.
_SPECIAL = frozenset(",:\"'\\")
_TEMPORARY = Path("/tmp")


class SocketDirectory:
    """`run` beside the data; a private directory in /tmp where that path is too long for a socket,
    holds special characters, or cannot be entered by the server's user."""

    def __init__(self, path: Path, *, is_temporary: bool) -> None:
        self.path = path
        self._is_temporary = is_temporary

    @classmethod
    def create(cls, root: Path, account: ServerAccount) -> "SocketDirectory":
        """Makes the directory, mode 0700 and owned by `account`, or takes the one left behind."""
        beside = root / "run"
        if _can_hold_socket(beside) and account.can_enter(root):
            beside.mkdir(mode=0o700, exist_ok=True)
            account.take(beside)
            beside.chmod(0o700)
            return cls(beside, is_temporary=False)
        return cls(_temporary_directory(root, account), is_temporary=True)

    def clear(self) -> None:
        """Removes the socket of a server that is known to be dead."""
        for name in (_SOCKET_NAME, f"{_SOCKET_NAME}.lock"):
            (self.path / name).unlink(missing_ok=True)

    def remove(self) -> None:
        """Leaves nothing in /tmp. Never raises."""
        if self._is_temporary:
            with contextlib.suppress(OSError):
                self.clear()
                self.path.rmdir()


def _can_hold_socket(path: Path) -> bool:
    length = len(os.fsencode(path / _SOCKET_NAME))
    return length <= _PATH_BYTES_MAX and _SPECIAL.isdisjoint(str(path))


def _temporary_directory(root: Path, account: ServerAccount) -> Path:
    """The same name for the same data, so that killed runs do not fill /tmp."""
    digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:12]
    path = _TEMPORARY / f"hypersim-{account.uid}-{digest}"
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        if not _is_private(path, account):
            path = Path(tempfile.mkdtemp(prefix="hypersim-", dir=_TEMPORARY))
    account.take(path)
    return path


def _is_private(path: Path, account: ServerAccount) -> bool:
    """Anybody may create names in /tmp: a link or somebody else's directory is not ours."""
    status = path.lstat()
    return (
        stat.S_ISDIR(status.st_mode)
        and status.st_uid in {account.uid, os.geteuid()}
        and stat.S_IMODE(status.st_mode) == 0o700
    )
