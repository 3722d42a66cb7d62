"""libfaketime for machines that do not have it: Debian's package, unpacked without being root.

Its wrapper names the library by a path where only root can put it; in our copy that is another one.
"""

import atexit
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from platformdirs import user_cache_path

from hypersim.cli.run.lent_clock import ClockUnavailable, preload_library

PACKAGES = ("faketime", "libfaketime")
LIBRARY = "libfaketimeMT.so.1"
_NAMED = b"/usr/$LIB/faketime/libfaketimeMT.so.1"
_TIMEOUT_S = 60


def why_no_clock() -> str:
    """Why none can be lent here; nothing where one can, from now on."""
    if shutil.which("faketime") is None:
        _unpack()
    try:
        preload_library()
    except ClockUnavailable as unavailable:
        return str(unavailable)
    return ""


def _unpack() -> None:
    """Have the wrapper in PATH, if its package can be had and is as we know it."""
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        return
    # A short path, as it takes the place of another one.
    place = Path(tempfile.mkdtemp(prefix="ft", dir="/tmp"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    for package in _downloaded():
        _is_done(["dpkg", "-x", str(package), str(place)], place)
    wrapper = place / "usr/bin/faketime"
    libraries = list(place.glob(f"usr/lib/*/faketime/{LIBRARY}"))
    named = os.fsencode(place / LIBRARY)
    if not wrapper.exists() or not libraries or len(named) > len(_NAMED):
        return
    libraries[0].rename(place / LIBRARY)
    wrapper.write_bytes(wrapper.read_bytes().replace(_NAMED, named.ljust(len(_NAMED), b"\0")))
    os.environ["PATH"] = f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}"


def _downloaded() -> list[Path]:
    """The packages, from the cache where they are there."""
    cache = user_cache_path("hypersim", appauthor=False) / "faketime"
    cache.mkdir(parents=True, exist_ok=True)
    if len(list(cache.glob("*.deb"))) < len(PACKAGES):
        _is_done(["apt-get", "download", *PACKAGES], cache)
    return list(cache.glob("*.deb"))


def _is_done(command: list[str], place: Path) -> bool:
    try:
        done = subprocess.run(
            command, cwd=place, capture_output=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
