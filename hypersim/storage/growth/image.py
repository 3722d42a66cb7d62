"""An image: the state of the exchange after an event, as the tables show it. It follows from the
journal alone, as they do. docs/journal.md describes its bytes."""

import zlib
from collections.abc import Sequence

import asyncpg
import msgspec

from hypersim.account.ledger import Balance
from hypersim.account.withdrawal import Withdrawal
from hypersim.market.instrument import Instrument
from hypersim.storage.contradiction import contradiction
from hypersim.storage.journal.packing import unknown_version
from hypersim.storage.standing import balances_in, counters_in
from hypersim.storage.tables.markets import INSTRUMENTS, instruments
from hypersim.storage.tables.money import WITHDRAWALS
from hypersim.storage.tables.orders import ORDER_LISTS, ORDERS
from hypersim.storage.tables.users import API_KEYS, USERS, KeyRow, UserRow, key_of, user_of
from hypersim.storage.vault import Vault
from hypersim.trading.counters import Counters
from hypersim.trading.order import Order
from hypersim.trading.order_list import OrderList
from hypersim.trading.recorded import Recorded

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
        raise unknown_version("image", stored)
    try:
        return _decoder.decode(zlib.decompress(memoryview(stored)[1:]))
    except (zlib.error, msgspec.DecodeError) as error:
        raise contradiction(f"an image of the journal makes no sense: {error}") from error


async def image_in(connection: asyncpg.Connection) -> Image:
    """What the tables show, in a repeatable-read transaction that has their locks. Raises
    DatabaseUnavailable."""
    balances = await balances_in(connection)
    return Image(
        await counters_in(connection),
        [(*key, balance) for key, balance in balances.items()],
        USERS.read(await connection.fetch(_USERS)),
        API_KEYS.read(await connection.fetch(_KEYS)),
        instruments(await connection.fetch(_INSTRUMENTS)),
        ORDERS.read(await connection.fetch(_ORDERS)),
        ORDER_LISTS.read(await connection.fetch(_LISTS)),
        WITHDRAWALS.read(await connection.fetch(_WITHDRAWALS)),
    )
