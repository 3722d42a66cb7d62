"""A PostgreSQL of our own, for whoever has none: made, started, watched and stopped by hypersim."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from hypersim.storage.connection import DEFAULT_PORT, ConnectionSettings, DatabaseUnavailable
from hypersim.storage.embedded.account import ServerAccount, account_for
from hypersim.storage.embedded.binaries import Binaries, find_binaries
from hypersim.storage.embedded.cluster import DATABASE, SUPERUSER, Cluster
from hypersim.storage.embedded.directory_lock import OwnerLock, cluster_lock
from hypersim.storage.embedded.failure import directory_unusable
from hypersim.storage.embedded.postmaster import Postmaster, ServerStuck
from hypersim.storage.embedded.pulse import Pulse, PulseTaker
from hypersim.storage.embedded.socket_directory import SocketDirectory

# hypersim has 5 s to stop in all; what is not checkpointed by then is replayed at the next start.
_FAST_SHUTDOWN_S = 3.0
_STARTS_MAX = 3
_LOG_BYTES_MAX = 10 * 1024 * 1024
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "512MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
# What nobody keeps need not reach the disk: the server itself may die and recover all the same.
_SETTINGS_UNLESS_KEPT = {"fsync": "off", "full_page_writes": "off"}
# Reads in the backend itself: three processes fewer, and what we read is in memory mostly.
_SETTINGS_SINCE_18 = {"io_method": "sync"}


def _say_nothing(_: str) -> None:
    """The default listener of progress messages."""


class _Site(msgspec.Struct, frozen=True):
    """Who runs which programs, and where the socket lies."""

    account: ServerAccount
    binaries: Binaries
    sockets: SocketDirectory


class EmbeddedPostgres:
    """A PostgreSQL 18 of our own under `root`, on a unix socket only; dies with us, survives
    kill -9 and stale pid files.

    `root` holds `pgdata` (the cluster), `postgres.log`, two lock files and, where the path allows,
    `run` with the socket. `bin_dir` overrides the search for the programs. `is_kept` is off for
    what is removed at the end: nothing of it waits for the disk, and a power cut may take it. `say`
    gets short lines about what takes time, from whatever thread does it.

    The methods block and may be called from any thread. Whatever keeps the database from running
    is raised as DatabaseUnavailable.
    """

    def __init__(
        self,
        root: Path,
        *,
        bin_dir: Path | None = None,
        is_kept: bool = True,
        say: Callable[[str], None] = _say_nothing,
    ) -> None:
        # The server and initdb work in other directories than we do.
        self._root = root.expanduser().resolve()
        self._bin_dir = bin_dir.expanduser().resolve() if bin_dir is not None else None
        self._is_kept = is_kept
        self._say = say
        self._cluster = Cluster(self._root, is_kept=is_kept)
        self._owner_lock = OwnerLock(self._root / "lock")
        self._timeout_s = 0.0
        # Reentrant, because a signal handler may stop what the same thread is starting.
        self._turn = threading.RLock()
        self._canceled = threading.Event()
        self._site: _Site | None = None
        self._postmaster: Postmaster | None = None
        self._pulse: PulseTaker | None = None

    @property
    def is_new(self) -> bool:
        """Whether the first start has still to make the database."""
        return not self._cluster.exists()

    def start(self, timeout_s: float = 300) -> ConnectionSettings:
        """Makes the database at the first time, starts the server, and returns when it answers.

        `timeout_s` bounds each of the slow steps, here and in `ensure_running`: crash recovery of
        a busy database takes minutes on a slow disk.
        """
        with self._turn, self._directory_errors_explained():
            if self._site is None:
                self._timeout_s = timeout_s
                try:
                    self._site = self._occupy()
                    self._launch(self._site, may_create=True)
                except BaseException:
                    self._close()
                    raise
            elif not self._is_alive():
                self._launch(self._site)
            return ConnectionSettings(
                host=str(self._site.sockets.path),
                port=DEFAULT_PORT,
                user=SUPERUSER,
                database=DATABASE,
            )

    def ensure_running(self) -> None:
        """Starts the server again if it died (kill -9, out of memory) or is stuck, with crash
        recovery.

        For whoever has lost a connection, and now and then; leaves alone a server that serves or
        recovers, so connect with retries. After a failure it may be called again.
        """
        with self._turn, self._directory_errors_explained():
            if self._site is None:
                raise DatabaseUnavailable(
                    "the embedded database is stopped: start it before its use"
                )
            if not self._is_alive():
                self._launch(self._site)
            elif self._pulse is not None and self._pulse.take() is Pulse.STUCK:
                self._say("PostgreSQL lives but serves nobody; it is started again")
                self._end_server(fast_s=0)
                self._launch(self._site)

    def cancel(self) -> None:
        """Gives up a start that is under way, or is about to be; `stop` must follow."""
        self._canceled.set()

    def stop(self, fast_s: float = _FAST_SHUTDOWN_S) -> None:
        """Stops the server and frees the directory; nothing if that is done.

        The server has `fast_s` to put its files in order; one that does not is killed within a
        second, and the next start recovers."""
        self._canceled.set()
        with self._turn:
            self._close(fast_s if self._is_kept else 0)
            self._canceled.clear()

    def _occupy(self) -> _Site:
        self._root.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        self._owner_lock.acquire()
        account = account_for(self._cluster.path)
        binaries = find_binaries(self._bin_dir, account, self._root, self._say)
        return _Site(account, binaries, SocketDirectory.create(self._root, account))

    def _launch(self, site: _Site, *, may_create: bool = False) -> None:
        for _ in range(_STARTS_MAX - 1):
            try:
                self._launch_once(site, may_create=may_create)
            except ServerStuck:
                self._say("PostgreSQL stands still while it starts; it is started again")
            else:
                return
        self._launch_once(site, may_create=may_create)

    def _launch_once(self, site: _Site, *, may_create: bool) -> None:
        self._end_server()
        lock = self._root / "pgdata.lock"
        with cluster_lock(lock, self._cluster.path, self._canceled, self._say) as descriptor:
            # Only at the first start: a database that vanished must not come back empty.
            if may_create and not self._cluster.exists():
                self._say(f"creating the database in {self._root} (once)")
                self._cluster.create(
                    site.binaries, site.account, descriptor, self._timeout_s, self._canceled
                )
            self._cluster.check_version(site.binaries)
            self._postmaster = self._started(site, descriptor)
        pulse = PulseTaker(self._postmaster.pid, site.sockets.path, SUPERUSER, DATABASE)
        try:
            self._postmaster.wait_until_ready(self._timeout_s, pulse, self._canceled, self._say)
        except ServerStuck:
            self._end_server(fast_s=0)
            raise
        except BaseException:
            self._end_server()
            raise
        self._pulse = pulse

    def _started(self, site: _Site, lock: int) -> Postmaster:
        """A server that is not yet ready; nobody else's runs, as the descriptor `lock` proves."""
        stale_number = self._cluster.stale_number()
        if stale_number is None:
            self._say(f"starting PostgreSQL {site.binaries.major}")
        else:
            self._say("recovering the database after a crash")
        site.sockets.clear()
        with self._cluster.entrance(site.account) as entrance:
            return Postmaster(
                _command(site, entrance.path, is_kept=self._is_kept),
                cluster=self._cluster.path,
                log=self._fresh_log(),
                account=site.account,
                inherit=(lock, *entrance.descriptors),
                stale_number=stale_number,
            )

    def _fresh_log(self) -> Path:
        log = self._root / "postgres.log"
        log.touch(mode=0o600)
        if log.stat().st_size > _LOG_BYTES_MAX:
            log.replace(log.with_name("postgres.log.1"))
        return log

    def _is_alive(self) -> bool:
        return self._postmaster is not None and self._postmaster.is_alive()

    def _end_server(self, fast_s: float = _FAST_SHUTDOWN_S) -> None:
        self._pulse = None
        if self._postmaster is not None:
            self._postmaster.stop(fast_s)
            self._postmaster = None

    def _close(self, fast_s: float = _FAST_SHUTDOWN_S) -> None:
        try:
            self._end_server(fast_s)
            if self._site is not None:
                self._site.sockets.remove()
        finally:
            self._site = None
            self._owner_lock.release()

    @contextlib.contextmanager
    def _directory_errors_explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise directory_unusable(self._root, error) from error


def _command(site: _Site, cluster: Path, *, is_kept: bool) -> list[str]:
    settings = dict(_SETTINGS)
    if not is_kept:
        settings |= _SETTINGS_UNLESS_KEPT
    if site.binaries.major >= 18:
        settings |= _SETTINGS_SINCE_18
    # Quoted, it is one directory whatever characters it holds.
    settings["unix_socket_directories"] = f'"{site.sockets.path}"'
    command = [str(site.binaries.postgres), "-D", str(cluster)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return command
