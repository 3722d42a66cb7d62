"""What the record keeps of an exchange, and nothing that can be made from it: books, triggers,
deadlines and counts follow; see `ExchangeState.restore`."""

from collections.abc import Mapping, Sequence

import msgspec

from hypersim.account.entries import Balance, BalanceKey
from hypersim.account.user import ApiKey, User
from hypersim.account.withdrawal import Withdrawal
from hypersim.market.instrument import Instrument
from hypersim.trading.counters import Counters
from hypersim.trading.order import Order
from hypersim.trading.order_list import OrderList
from hypersim.trading.recent import ClientOrderId, ClientOrderKey


class Recorded(msgspec.Struct, frozen=True):
    """An exchange at one moment. Users, keys and instruments stand as they came; `orders` and
    `lists` are the open ones and `withdrawals` the unfinished ones, by id; `ended` and `used_ids`
    are those that ended last, up to the limits of `recent`, in the order in which they did."""

    counters: Counters
    balances: Mapping[BalanceKey, Balance]
    users: Mapping[int, User]
    keys: Mapping[str, ApiKey]
    instruments: Mapping[str, Instrument]
    orders: Mapping[int, Order]
    lists: Mapping[int, OrderList]
    withdrawals: Mapping[int, Withdrawal]
    ended: Sequence[Order]
    used_ids: Sequence[tuple[ClientOrderKey, ClientOrderId]]
