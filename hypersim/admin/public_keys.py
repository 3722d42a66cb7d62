"""Public keys that users register instead of a secret: Ed25519 or RSA, as PEM."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from hypersim.account.user import KeyKind
from hypersim.admin.errors import AdminError, invalid

PEM_CHARACTERS_MAX = 4_096
RSA_BITS_MIN = 2_048
RSA_BITS_MAX = 4_096

_FIELD = "publicKey"


def read_public_key(text: str, kind: KeyKind | None) -> tuple[KeyKind, str]:
    """The key's kind, and its PEM as every tool writes it. `kind` is what it should be, if that was
    said. Raises `AdminError`, which never repeats the text: it may be a private key."""
    if len(text) > PEM_CHARACTERS_MAX:
        raise invalid(f"publicKey has at most {PEM_CHARACTERS_MAX} characters", field=_FIELD)
    if "PRIVATE KEY" in text:
        message = "publicKey is a private key: keep that to yourself and send its public half"
        raise invalid(message, field=_FIELD)
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        message = "publicKey must be a public key in PEM: -----BEGIN PUBLIC KEY----- …"
        raise invalid(message, field=_FIELD) from None
    match key:
        case Ed25519PublicKey():
            found = KeyKind.ED25519
        case RSAPublicKey():
            found = KeyKind.RSA
            if not RSA_BITS_MIN <= key.key_size <= RSA_BITS_MAX:
                raise _wrong_size(key.key_size)
        case _:
            raise invalid("publicKey must be an Ed25519 or RSA key", field=_FIELD)
    if kind not in (None, found):
        raise invalid(f"publicKey is an {found} key, not {kind}", field=_FIELD)
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return found, pem.decode()


def _wrong_size(bits: int) -> AdminError:
    message = f"An RSA key has {RSA_BITS_MIN} to {RSA_BITS_MAX} bits, not {bits}"
    return invalid(message, field=_FIELD)
