"""How money moves for an order: holds, releases, and the two legs of a fill with its fee.

Every fill is booked against the market account, which clears between users: what one side of a
trade pays in, the other side gets out.
"""

from decimal import Decimal

from hypersim.account.entries import (
    EXTERNAL_ACCOUNT,
    FEE_ACCOUNT,
    MARKET_ACCOUNT,
    EntryKind,
    LedgerEntry,
    Posting,
)
from hypersim.account.ledger import available
from hypersim.market.instrument import Instrument
from hypersim.market.number import ZERO
from hypersim.trading.order import BUY, Fill, Order, Side
from hypersim.trading.order_list import OrderList

_HOLD = EntryKind.HOLD
_TRADE = EntryKind.TRADE
_RELEASE = EntryKind.RELEASE


def held_asset(side: Side, instrument: Instrument) -> str:
    """What an open order locks: the buyer's quote, the seller's base."""
    return instrument.quote if side is BUY else instrument.base


def received_asset(side: Side, instrument: Instrument) -> str:
    """What a trade brings: the buyer's base, the seller's quote."""
    return instrument.base if side is BUY else instrument.quote


def hold_for(instrument: Instrument, side: Side, price: Decimal, quantity: Decimal) -> Decimal:
    """What `quantity` at `price` costs, in what the order pays with: the least that it locks
    while it rests. Its fees may ask for more."""
    return instrument.notional(price, quantity) if side is BUY else quantity


def hold_entry(
    owner: Order | OrderList, asset: str, change: Decimal, *, seq: int, time_ms: int
) -> LedgerEntry | None:
    """Lock `change` more for the order or the list, or release it when negative; None when it is
    zero."""
    if not change:
        return None
    reference = f"order:{owner.id}" if isinstance(owner, Order) else f"list:{owner.id}"
    account_id = owner.account_id
    free, held = (account_id, asset, False), (account_id, asset, True)
    if change > ZERO:
        kind, posting = _HOLD, Posting(free, held, change)
    else:
        kind, posting = _RELEASE, Posting(held, free, -change)
    return LedgerEntry(seq, kind, reference, time_ms, (posting,))


def fill_entry(
    fill: Fill, instrument: Instrument, *, is_held: bool, released: Decimal, seq: int
) -> LedgerEntry:
    """Pay from the hold (a resting order) or from what is available (an arriving one), receive,
    then pay the fee from what is available, in whichever asset it is. `released` is what the hold
    had for this fill's fee and what it had too much, as parts that are cut off one by one are less
    than their sum."""
    account_id = fill.account_id
    if fill.side is BUY:
        paid, paid_asset = fill.notional, instrument.quote
        received, received_asset = fill.quantity, instrument.base
    else:
        paid, paid_asset = fill.quantity, instrument.base
        received, received_asset = fill.notional, instrument.quote
    purse = (account_id, paid_asset, is_held)
    # Next to nothing can be worth nothing.
    postings = [Posting(purse, (MARKET_ACCOUNT, paid_asset, False), paid)] if paid else []
    if released:
        postings.append(Posting(purse, (account_id, paid_asset, False), released))
    if received:
        market_pays = (MARKET_ACCOUNT, received_asset, False)
        postings.append(Posting(market_pays, (account_id, received_asset, False), received))
    if fill.fee:
        asset = fill.fee_asset
        purse = (account_id, asset, False)
        postings.append(Posting(purse, (FEE_ACCOUNT, asset, False), fill.fee))
    return LedgerEntry(seq, _TRADE, f"trade:{fill.id}", fill.time_ms, tuple(postings))


def transfer_entry(
    account_id: int,
    asset: str,
    change: Decimal,
    *,
    kind: EntryKind,
    reference: str,
    seq: int,
    time_ms: int,
) -> LedgerEntry:
    """Money comes from outside (positive) or goes there (negative)."""
    own, outside = available(account_id, asset), available(EXTERNAL_ACCOUNT, asset)
    source, target = (outside, own) if change > 0 else (own, outside)
    return LedgerEntry(seq, kind, reference, time_ms, (Posting(source, target, abs(change)),))
