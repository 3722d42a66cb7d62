"""Secrets at rest: AES-GCM under a master key that is not in the database."""

import base64
import binascii
import contextlib
import hmac
import os
import re
import secrets
import stat
import tempfile
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hypersim.account.user import Secret
from hypersim.storage.connection import DatabaseUnavailable

_KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = b"\x01"


class MasterKeyUnusable(DatabaseUnavailable):
    """The secrets in the database cannot be read or kept safe; the message is one clear line."""


class Vault:
    """Encrypts secrets for the record. A ciphertext opens only for the purpose it was sealed for,
    so that one row's secret cannot be put into another's place."""

    def __init__(self, master_key: bytes) -> None:
        self._cipher = AESGCM(master_key)
        self._derivation_key = hmac.digest(master_key, b"derived keys", "sha256")

    @classmethod
    def open(cls, master_key: Secret | None, root: Path, *, may_create: bool = True) -> "Vault":
        """Under the given key, else under the one in the data directory `root`, which is made if
        there is none and it `may_create` one.

        Raises MasterKeyUnusable.
        """
        if master_key is not None:
            return cls.from_text(master_key.value)
        return cls.from_file(root / "master.key", may_create=may_create)

    @classmethod
    def from_text(cls, text: str) -> "Vault":
        """From 32 bytes in hex or base64 (`HYPERSIM_MASTER_KEY`). Raises MasterKeyUnusable."""
        return cls(_decode(text, "HYPERSIM_MASTER_KEY"))

    @classmethod
    def from_file(cls, path: Path, *, may_create: bool = True) -> "Vault":
        """From a file that only we can read, made with a new key if there may be none.

        Raises MasterKeyUnusable.
        """
        try:
            if not path.exists():
                if not may_create:
                    raise MasterKeyUnusable(
                        f"the database holds secrets, and their master key {path} is missing: "
                        "bring it back from a copy of the data directory, or set "
                        "HYPERSIM_MASTER_KEY to it"
                    )
                _create(path)
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise MasterKeyUnusable(
                    f"others may read the master key {path} (mode {mode:04o}): "
                    f"chmod 600 {path}, and think about who has read it"
                )
            return cls(_decode(path.read_text(errors="replace"), str(path)))
        except OSError as error:
            raise MasterKeyUnusable(
                f"the master key {path} cannot be used: {error.strerror or error}"
            ) from error

    def derive(self, purpose: str) -> bytes:
        """A key for something else; it tells nothing about the master key."""
        return hmac.digest(self._derivation_key, purpose.encode(), "sha256")

    def seal(self, secret: Secret, purpose: str) -> bytes:
        """What may be stored."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, secret.value.encode(), purpose.encode())
        return _VERSION + nonce + sealed

    def unseal(self, sealed: bytes, purpose: str) -> Secret:
        """The secret again. Raises MasterKeyUnusable unless it was sealed with this master key."""
        nonce, text = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            if sealed[:1] != _VERSION:
                raise InvalidTag
            return Secret(self._cipher.decrypt(nonce, text, purpose.encode()).decode())
        except InvalidTag:
            raise MasterKeyUnusable(
                "the master key is not the one that this database's secrets were encrypted with: "
                "bring back the master.key of its data directory, or set HYPERSIM_MASTER_KEY to it"
            ) from None


def _create(path: Path) -> None:
    """Whole or not at all, and never over a key that another process has just made."""
    descriptor, unfinished = tempfile.mkstemp(prefix=".master.key-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(unfinished, path)
    finally:
        os.unlink(unfinished)


def _decode(text: str, source: str) -> bytes:
    text = text.strip()
    if re.fullmatch(r"[0-9a-fA-F]{64}", text):
        return bytes.fromhex(text)
    with contextlib.suppress(binascii.Error, ValueError):
        standard = text.replace("-", "+").replace("_", "/").rstrip("=")
        key = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
        if len(key) == _KEY_BYTES:
            return key
    raise MasterKeyUnusable(
        f"{source} holds no master key: expected 32 bytes as 64 hexadecimal digits or as base64"
    )
