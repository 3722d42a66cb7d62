"""The directory that PostgreSQL keeps its files in, as it lies on the disk."""

import contextlib
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from hypersim.storage.connection import DatabaseUnavailable
from hypersim.storage.embedded.account import ServerAccount, has_passwd_entry
from hypersim.storage.embedded.binaries import ENVIRONMENT, Binaries
from hypersim.storage.embedded.failure import server_failed

SUPERUSER = "hypersim"
DATABASE = "postgres"
_POLL_S = 0.05
_OWN_DESCRIPTORS = Path("/proc/self/fd")


class Entrance(NamedTuple):
    """What a child calls a directory, and the descriptors that it must inherit to get there."""

    path: Path
    descriptors: tuple[int, ...]


class Cluster:
    """`pgdata` below the root of the data: whole, or not there at all."""

    def __init__(self, root: Path, *, is_kept: bool = True) -> None:
        self.root = root
        self._is_kept = is_kept
        self.path = root / "pgdata"

    def exists(self) -> bool:
        """An empty directory counts as none."""
        return self.path.is_dir() and any(self.path.iterdir())

    def check_version(self, binaries: Binaries) -> None:
        """Raises DatabaseUnavailable unless the files are of the major version of `binaries`."""
        try:
            written = (self.path / "PG_VERSION").read_text(errors="replace").strip()
        except FileNotFoundError:
            raise DatabaseUnavailable(
                f"{self.path} holds no PostgreSQL database (no file PG_VERSION): bring it back "
                "or move the directory away, or choose another one with --data-dir"
            ) from None
        if written != str(binaries.major):
            raise DatabaseUnavailable(
                f"the database in {self.path} was made by PostgreSQL {written}, and "
                f"{binaries.bin_dir} holds PostgreSQL {binaries.major}, which cannot open it: name "
                f"the bin folder of PostgreSQL {written} in HYPERSIM_POSTGRES_BIN, or choose "
                "another directory with --data-dir"
            )

    def create(
        self,
        binaries: Binaries,
        account: ServerAccount,
        inherit: int,
        timeout_s: float,
        canceled: threading.Event,
    ) -> None:
        """Makes a new cluster under a temporary name, then renames it: never half a cluster."""
        if not has_passwd_entry(account.uid):
            raise DatabaseUnavailable(
                f"user id {account.uid} has no entry in /etc/passwd, without which PostgreSQL "
                "makes no database: run hypersim as a user that has a name, "
                "or set DATABASE_URL to a running server"
            )
        unfinished = self.root / "pgdata.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            unfinished.mkdir(mode=0o700)
            account.take(unfinished)
            self._run_initdb(binaries, account, unfinished, inherit, timeout_s, canceled)
            unfinished.rename(self.path)
        except subprocess.TimeoutExpired:
            raise DatabaseUnavailable(
                f"creating the database in {self.root} took more than {timeout_s:g} s: "
                "is the disk slow or full?"
            ) from None
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def entrance(self, account: ServerAccount) -> contextlib.AbstractContextManager[Entrance]:
        """How a server that runs as `account` reaches the directory; open until it is started."""
        return _entrance(self.path, account)

    def stale_number(self) -> int | None:
        """The process number in the `postmaster.pid` of a server that is known to be dead.

        A file without one, which PostgreSQL would refuse, is removed. None after a clean stop.
        """
        file = self.path / "postmaster.pid"
        try:
            # Negative in single-user mode.
            number = abs(int(file.read_bytes().split(b"\n", 1)[0]))
        except FileNotFoundError:
            return None
        except ValueError:
            number = 0
        if number == 0:
            file.unlink()
            return None
        return number

    def _run_initdb(
        self,
        binaries: Binaries,
        account: ServerAccount,
        directory: Path,
        inherit: int,
        timeout_s: float,
        canceled: threading.Event,
    ) -> None:
        with _entrance(directory, account) as entrance:
            arguments = [
                f"--pgdata={entrance.path}",
                f"--username={SUPERUSER}",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-locale",
                "--data-checksums",
                "--no-instructions",
                # So that a full disk is still full when we look; create() removes the rest.
                "--no-clean",
                *(() if self._is_kept else ("--no-sync",)),
            ]
            initdb = subprocess.Popen(
                [binaries.initdb, *arguments],
                **account.popen_identity(),
                env=ENVIRONMENT,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(inherit, *entrance.descriptors),
            )
            output = _output_of(initdb, timeout_s, canceled)
        if initdb.returncode != 0:
            text = output.decode(errors="replace")
            raise server_failed(self.root, "could not create the database", text)


def _output_of(
    program: subprocess.Popen[bytes], timeout_s: float, canceled: threading.Event
) -> bytes:
    """What it printed until its end. Raises TimeoutExpired, and DatabaseUnavailable if canceled."""
    end_s = time.monotonic() + timeout_s
    with program, contextlib.ExitStack() as stack:
        stack.callback(program.kill)
        while not canceled.is_set():
            with contextlib.suppress(subprocess.TimeoutExpired):
                return program.communicate(timeout=_POLL_S)[0]
            if time.monotonic() > end_s:
                raise subprocess.TimeoutExpired(program.args, timeout_s)
        raise DatabaseUnavailable("the database was stopped while it was created")


@contextlib.contextmanager
def _entrance(directory: Path, account: ServerAccount) -> Iterator[Entrance]:
    """The directory itself, if `account` may pass through those above it.

    If not, and we are root on Linux, a descriptor of it: the child inherits it and names it by its
    number, so that no permission of a parent needs to change.
    """
    if account.can_enter(directory.parent):
        yield Entrance(directory, ())
        return
    if not _OWN_DESCRIPTORS.is_dir():
        raise DatabaseUnavailable(
            f"PostgreSQL does not run as root but as user {account.name}, who may not enter "
            f"{directory.parent}: choose a directory that everybody may pass through with "
            "--data-dir, or run hypersim as an ordinary user"
        )
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield Entrance(_OWN_DESCRIPTORS / str(descriptor), (descriptor,))
    finally:
        os.close(descriptor)
