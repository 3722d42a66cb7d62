"""Which operating-system user runs the embedded database.

PostgreSQL refuses to run as root. When hypersim runs as root (a container, mostly), the server runs
as an unprivileged user that exists already; no account is made, and no permission of a directory
that is not ours is changed.
"""

import os
import pwd
import stat
import subprocess
from pathlib import Path
from typing import Any

import msgspec

from hypersim.storage.connection import DatabaseUnavailable

_UNPRIVILEGED = ("postgres", "nobody")
_AS_ORDINARY_USER = "run hypersim as an ordinary user, or set DATABASE_URL to a running server"


class ServerAccount(msgspec.Struct, frozen=True, gc=False):
    """The user of the server. `switched` says that it is another one than ours (we are root)."""

    name: str
    uid: int
    gid: int
    switched: bool

    def popen_identity(self) -> dict[str, Any]:
        """Keyword arguments that make `subprocess.Popen` run a child as this user."""
        if not self.switched:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def take(self, path: Path) -> None:
        """Gives one of our own paths to this user."""
        if self.switched:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_enter(self, directory: Path) -> bool:
        """Whether this user may pass through `directory` and all that lie above it."""
        if not self.switched:
            return True
        return all(self._may_search(each.stat()) for each in (directory, *directory.parents))

    def _may_search(self, status: os.stat_result) -> bool:
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


def account_for(cluster: Path) -> ServerAccount:
    """Ourselves, or when we are root the owner of `cluster`, else `postgres`, else `nobody`.

    The owner comes first because PostgreSQL opens no data directory of somebody else, and an
    account `postgres` may have appeared since the directory was made.

    Raises DatabaseUnavailable when root finds no such user, or may not become it.
    """
    if os.geteuid() != 0:
        return ServerAccount(name_of(os.geteuid()), os.geteuid(), os.getegid(), switched=False)
    account = _owner_of(cluster) or _unprivileged_account()
    if account is None:
        raise DatabaseUnavailable(
            "PostgreSQL does not run as root, and there is no user postgres or nobody to run it "
            f"as: {_AS_ORDINARY_USER}"
        )
    _check_switch(account)
    return account


def _owner_of(cluster: Path) -> ServerAccount | None:
    if not cluster.is_dir() or (status := cluster.stat()).st_uid == 0:
        return None
    return ServerAccount(name_of(status.st_uid), status.st_uid, status.st_gid, switched=True)


def _unprivileged_account() -> ServerAccount | None:
    for name in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerAccount(name, entry.pw_uid, entry.pw_gid, switched=True)
    return None


def _check_switch(account: ServerAccount) -> None:
    """A container may have taken from root the right to become somebody else."""
    try:
        subprocess.run(["/bin/sh", "-c", ":"], cwd="/", check=False, **account.popen_identity())
    except OSError as error:
        raise DatabaseUnavailable(
            f"PostgreSQL does not run as root, and root may not become user {account.name} here "
            f"({error.strerror}): {_AS_ORDINARY_USER}"
        ) from error


def name_of(uid: int) -> str:
    """The user's name, or its number where /etc/passwd has no entry."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def has_passwd_entry(uid: int) -> bool:
    """False for the bare numbers of `docker run --user 12345`, which initdb refuses."""
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True
