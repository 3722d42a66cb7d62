"""Users and their keys. What must not be read in the record stands in it sealed."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from hypersim.account.user import ApiKey, FeeRates, KeyKind, Permission, Secret, User
from hypersim.storage.tables.kinds import Kind
from hypersim.storage.tables.table import BESIDE, Column, Table
from hypersim.storage.vault import Vault

Rows = Iterable[Mapping[str, Any]]


class UserRow(msgspec.Struct, frozen=True):
    """A user as recorded."""

    id: int
    email: str
    password_hash: bytes | None
    maker_fee_rate: Decimal | None
    taker_fee_rate: Decimal | None
    wants_discount: bool
    created_ms: int


class KeyRow(msgspec.Struct, frozen=True):
    """An API key as recorded."""

    key: str
    account_id: int
    secret: bytes
    passphrase: bytes | None
    label: str
    kind: KeyKind
    permissions: tuple[Permission, ...]
    allowed_ips: tuple[str, ...]
    created_ms: int
    revoked_ms: int | None


USERS = Table(
    "users",
    UserRow,
    (
        Column("id", Kind.INTEGER),
        Column("email", Kind.TEXT),
        Column("password_hash", Kind.BYTES, null=True, note="encrypted"),
        Column("maker_fee_rate", Kind.MONEY, null=True),
        Column("taker_fee_rate", Kind.MONEY, null=True),
        Column("wants_discount", Kind.FLAG, note="pays fees in the exchange's asset"),
        Column("created_at", Kind.TIME, "created_ms"),
    ),
    key=("id",),
)

API_KEYS = Table(
    "api_keys",
    KeyRow,
    (
        Column("api_key", Kind.TEXT, "key"),
        Column("user_id", Kind.INTEGER, "account_id"),
        Column("api_secret", Kind.BYTES, "secret", note="encrypted"),
        Column("passphrase", Kind.BYTES, null=True, note="encrypted"),
        Column("label", Kind.TEXT),
        Column("kind", Kind.WORD),
        Column("permissions", Kind.TEXTS),
        Column("allowed_ips", Kind.TEXTS),
        Column("created_at", Kind.TIME, "created_ms"),
        Column("revoked_at", Kind.TIME, "revoked_ms", null=True),
        Column("position", Kind.INTEGER, BESIDE, changes=False, note="which one came first"),
    ),
    key=("api_key",),
)


def user_row(user: User, vault: Vault) -> UserRow:
    """To be recorded."""
    return UserRow(
        user.id,
        user.email,
        _sealed(vault, user.password_hash, password_purpose(user.id)),
        user.fee_rates.maker if user.fee_rates else None,
        user.fee_rates.taker if user.fee_rates else None,
        user.wants_discount,
        user.created_ms,
    )


def user_of(row: UserRow, vault: Vault) -> User:
    """As it was. Raises MasterKeyUnusable."""
    return User(
        row.id,
        row.email,
        row.created_ms,
        _unsealed(vault, row.password_hash, password_purpose(row.id)),
        _fee_rates(row),
        row.wants_discount,
    )


def users(rows: Rows, vault: Vault) -> list[User]:
    """From rows of `USERS`. Raises MasterKeyUnusable."""
    return [user_of(row, vault) for row in USERS.read(rows)]


def key_row(key: ApiKey, vault: Vault) -> KeyRow:
    """To be recorded."""
    return KeyRow(
        key.key,
        key.account_id,
        vault.seal(key.secret, secret_purpose(key.key)),
        _sealed(vault, key.passphrase, passphrase_purpose(key.key)),
        key.label,
        key.kind,
        tuple(sorted(key.permissions)),
        key.allowed_ips,
        key.created_ms,
        key.revoked_ms,
    )


def key_of(row: KeyRow, vault: Vault) -> ApiKey:
    """As it was. Raises MasterKeyUnusable."""
    return ApiKey(
        row.key,
        row.account_id,
        vault.unseal(row.secret, secret_purpose(row.key)),
        row.created_ms,
        row.label,
        row.kind,
        _unsealed(vault, row.passphrase, passphrase_purpose(row.key)),
        frozenset(row.permissions),
        row.allowed_ips,
        row.revoked_ms,
    )


def keys(rows: Rows, vault: Vault) -> list[ApiKey]:
    """From rows of `API_KEYS`. Raises MasterKeyUnusable."""
    return [key_of(row, vault) for row in API_KEYS.read(rows)]


def password_purpose(user_id: int) -> str:
    """What a user's password hash is sealed for."""
    return f"password:{user_id}"


def secret_purpose(key: str) -> str:
    """What a key's secret is sealed for."""
    return f"secret:{key}"


def passphrase_purpose(key: str) -> str:
    """What a key's passphrase is sealed for."""
    return f"passphrase:{key}"


def _fee_rates(row: UserRow) -> FeeRates | None:
    maker, taker = row.maker_fee_rate, row.taker_fee_rate
    if maker is None and taker is None:
        return None
    if maker is None or taker is None:
        raise ValueError("one fee rate is missing")
    return FeeRates(maker, taker)


def _sealed(vault: Vault, secret: Secret | None, purpose: str) -> bytes | None:
    return None if secret is None else vault.seal(secret, purpose)


def _unsealed(vault: Vault, sealed: bytes | None, purpose: str) -> Secret | None:
    return None if sealed is None else vault.unseal(sealed, purpose)
