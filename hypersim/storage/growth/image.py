"""An image: the state of the exchange after an event, as the tables show it. It follows from the
journal alone, as they do. docs/journal.md describes its bytes."""

import asyncio
import zlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import asyncpg
import msgspec

from hypersim.account.entries import Balance
from hypersim.account.withdrawal import Withdrawal
from hypersim.market.instrument import Instrument
from hypersim.storage.contradiction import contradiction, reading
from hypersim.storage.journal.packing import unknown_version
from hypersim.storage.standing import SELECT_BALANCES, counters_in, keyed
from hypersim.storage.tables.markets import INSTRUMENTS, instruments
from hypersim.storage.tables.money import WITHDRAWALS
from hypersim.storage.tables.orders import ORDER_LISTS, ORDERS
from hypersim.storage.tables.users import API_KEYS, USERS, KeyRow, UserRow, key_of, user_of
from hypersim.storage.vault import Vault
from hypersim.trading.counters import Counters
from hypersim.trading.order import Order
from hypersim.trading.order_list import OrderList
from hypersim.trading.recorded import Recorded

T = TypeVar("T")

ROWS_AT_ONCE = 500
"""So many rows are read in a millisecond or two."""

IMAGE_PREFIX = b"\x01"
_FAST = 1

TABLES = (
    "users, api_keys, balances, instruments, orders, order_lists, withdrawals, checkpoint,"
    " journal, journal_chunks, journal_images"
)
# To truncate a table empties it for older snapshots too, so it is asked for before there is one.
LOCK = f"LOCK TABLE {TABLES} IN ACCESS SHARE MODE"

_USERS = f"SELECT {USERS.select} FROM users ORDER BY id"
_KEYS = f"SELECT {API_KEYS.select} FROM api_keys ORDER BY position"
_INSTRUMENTS = f"SELECT {INSTRUMENTS.select} FROM instruments ORDER BY position"
_ORDERS = f"SELECT {ORDERS.select} FROM orders WHERE ended_seq IS NULL ORDER BY id"
_LISTS = f"SELECT {ORDER_LISTS.select} FROM order_lists WHERE status <> 'done' ORDER BY id"
_WITHDRAWALS = f"SELECT {WITHDRAWALS.select} FROM withdrawals WHERE ended_at IS NULL ORDER BY id"


class Image(msgspec.Struct, frozen=True):
    """Secrets are sealed as in the tables; `balances` are (account, asset, balance). Orders and
    lists are the open ones, withdrawals the unfinished ones."""

    counters: Counters
    balances: Sequence[tuple[int, str, Balance]] = ()
    users: Sequence[UserRow] = ()
    keys: Sequence[KeyRow] = ()
    instruments: Sequence[Instrument] = ()
    orders: Sequence[Order] = ()
    lists: Sequence[OrderList] = ()
    withdrawals: Sequence[Withdrawal] = ()

    def recorded(self, vault: Vault) -> Recorded:
        """What a state is made of. Raises MasterKeyUnusable."""
        return Recorded(
            self.counters,
            {(account, asset): balance for account, asset, balance in self.balances},
            {row.id: user_of(row, vault) for row in self.users},
            {row.key: key_of(row, vault) for row in self.keys},
            {one.symbol: one for one in self.instruments},
            {one.id: one for one in self.orders},
            {one.id: one for one in self.lists},
            {one.id: one for one in self.withdrawals},
            (),
            (),
        )


_decoder = msgspec.msgpack.Decoder(Image)


def to_bytes(image: Image) -> bytes:
    """As it is stored."""
    return IMAGE_PREFIX + zlib.compress(msgspec.msgpack.encode(image), _FAST)


def image_of(stored: bytes) -> Image:
    """Raises DatabaseUnavailable."""
    if stored[:1] != IMAGE_PREFIX:
        raise unknown_version("an image", stored)
    try:
        return _decoder.decode(zlib.decompress(memoryview(stored)[1:]))
    except (zlib.error, msgspec.DecodeError) as error:
        raise contradiction(f"an image of the journal makes no sense: {error}") from error


async def image_in(connection: asyncpg.Connection) -> Image:
    """What the tables show, in a repeatable-read transaction that has their locks. Raises
    DatabaseUnavailable."""
    balances = await _in_turns(connection, SELECT_BALANCES, keyed)
    return Image(
        await counters_in(connection),
        [(*key, balance) for key, balance in balances],
        await _in_turns(connection, _USERS, USERS.read),
        await _in_turns(connection, _KEYS, API_KEYS.read),
        await _in_turns(connection, _INSTRUMENTS, instruments),
        await _in_turns(connection, _ORDERS, ORDERS.read),
        await _in_turns(connection, _LISTS, ORDER_LISTS.read),
        await _in_turns(connection, _WITHDRAWALS, WITHDRAWALS.read),
    )


async def _in_turns(
    connection: asyncpg.Connection, statement: str, read: Callable[[Sequence[Any]], list[T]]
) -> list[T]:
    """What is read of the rows, some at a time: an exchange that runs in the same process gets its
    turns meanwhile."""
    with reading("the tables"):
        rows = await connection.fetch(statement)
        found: list[T] = []
        for start in range(0, len(rows), ROWS_AT_ONCE):
            found += read(rows[start : start + ROWS_AT_ONCE])
            await asyncio.sleep(0)
    return found
