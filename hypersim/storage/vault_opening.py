"""Opens the vault of a record: a new master key is made only where no secret waits for the old one.

Before anything else is done to the database, so that a start that is refused has changed nothing.
"""

from pathlib import Path
from typing import NamedTuple

import asyncpg

from hypersim.account.user import Secret
from hypersim.storage.connecting import connect, hang_up, unreachable
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.database_errors import LOST_CONNECTION
from hypersim.storage.tables.users import password_purpose, secret_purpose
from hypersim.storage.vault import Vault

_ANY_SECRET = "SELECT api_key, api_secret FROM api_keys LIMIT 1"
_ANY_PASSWORD = "SELECT id, password_hash FROM users WHERE password_hash IS NOT NULL LIMIT 1"


class _Sealed(NamedTuple):
    """A secret of the record, and what it was sealed for."""

    text: bytes
    purpose: str


async def open_vault(settings: ConnectionSettings, master_key: Secret | None, root: Path) -> Vault:
    """Under the given key, else under the one in the data directory `root`.

    Raises MasterKeyUnusable when that is not the one of the record's secrets, DatabaseUnavailable
    when the record cannot be asked.
    """
    sample = await _any_sealed(settings)
    vault = Vault.open(master_key, root, may_create=sample is None)
    if sample is not None:
        vault.unseal(*sample)
    return vault


async def _any_sealed(settings: ConnectionSettings) -> _Sealed | None:
    connection = await connect(settings)
    try:
        if key := await connection.fetchrow(_ANY_SECRET):
            return _Sealed(key["api_secret"], secret_purpose(key["api_key"]))
        if user := await connection.fetchrow(_ANY_PASSWORD):
            return _Sealed(user["password_hash"], password_purpose(user["id"]))
    except asyncpg.UndefinedTableError:
        # There are no tables yet.
        return None
    except (*LOST_CONNECTION, asyncpg.PostgresError) as error:
        raise unreachable(settings, error) from error
    finally:
        await hang_up(connection)
    return None
