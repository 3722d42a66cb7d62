"""The admin token: given by the operator, or made once and kept in the data directory."""

import contextlib
import os
import secrets
import stat
import tempfile
from pathlib import Path

from hypersim.account.user import Secret

TOKEN_FILE = "admin.token"
TOKEN_BYTES = 32

LENGTH_MIN = 8
DIFFERENT_MIN = 4
"""Characters of a token that somebody chose; one that is made has 43."""


class AdminTokenUnusable(Exception):
    """There is no token that could protect the admin API; the message is one clear line."""


def admin_token(given: Secret | None, data_root: Path) -> Secret:
    """The token that was given, else the one in the data directory, made there if need be.

    Raises AdminTokenUnusable.
    """
    if given is not None:
        return _checked(given.value, "the admin token that was given")
    path = data_root / TOKEN_FILE
    try:
        if not path.exists():
            data_root.mkdir(mode=0o700, parents=True, exist_ok=True)
            _create(path)
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise AdminTokenUnusable(
                f"others may read the admin token {path} (mode {mode:04o}): remove the file and "
                f"start again for a new one, or chmod 600 it"
            )
        return _checked(path.read_text(errors="replace").strip(), f"the admin token {path}")
    except OSError as error:
        raise AdminTokenUnusable(
            f"the admin token {path} cannot be used: {error.strerror or error}"
        ) from None


def _checked(text: str, what: str) -> Secret:
    """One that is easily guessed would let everybody in, and one that no header can carry
    nobody."""
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise AdminTokenUnusable(f"{what} must be printable ASCII characters without spaces")
    if len(text) < LENGTH_MIN or len(set(text)) < DIFFERENT_MIN:
        raise AdminTokenUnusable(
            f"{what} is too easily guessed: it must have {LENGTH_MIN} characters or more, "
            f"{DIFFERENT_MIN} different ones among them; without one, hypersim makes a good one"
        )
    return Secret(text)


def _create(path: Path) -> None:
    """Whole or not at all, and never over a token that another process has just made."""
    descriptor, unfinished = tempfile.mkstemp(prefix=f".{TOKEN_FILE}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(TOKEN_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(unfinished, path)
    finally:
        os.unlink(unfinished)
