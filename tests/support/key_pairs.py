"""Key pairs of users who sign with a private key: made here, registered by their public half."""

from base64 import b64encode
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

PrivateKey = Ed25519PrivateKey | RSAPrivateKey


@cache
def ed25519_key() -> Ed25519PrivateKey:
    """One for the whole run."""
    return Ed25519PrivateKey.generate()


@cache
def rsa_key(bits: int = 2_048) -> RSAPrivateKey:
    """One for the whole run: it takes a while to find."""
    return generate_private_key(65_537, bits)


def public_pem(key: PrivateKey) -> str:
    """What is registered."""
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


def private_pem(key: PrivateKey) -> str:
    """What stays with the user; CCXT takes it as the secret."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode()


def sign(key: PrivateKey, payload: str) -> str:
    """The signature in base64."""
    if isinstance(key, Ed25519PrivateKey):
        raw = key.sign(payload.encode())
    else:
        raw = key.sign(payload.encode(), PKCS1v15(), SHA256())
    return b64encode(raw).decode()
