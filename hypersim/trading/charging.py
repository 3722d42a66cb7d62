"""What a fill costs an account, by the fee model or less in the exchange's own asset, and what an
order has to have for its fees.

An account that has the fee asset (BNB at Binance) and wants to pay with it pays a share less. The
worth of the fee in quote is converted at the reference price of the moment. Where the account has
too little of the asset, or no market tells its price, the fee model's own fee is due, whole.
Source: Binance's fee schedule, and `discount` in rest-api.md, "Query Commission Rates".
"""

from decimal import Decimal

from hypersim.account.user import User
from hypersim.market.instrument import Instrument
from hypersim.market.number import ONE, truncate
from hypersim.trading.fees import FeeSide
from hypersim.trading.market import Market
from hypersim.trading.order import BUY, Liquidity, Side
from hypersim.trading.settlement import received_asset
from hypersim.trading.state import ExchangeState
from hypersim.trading.traded import Fee, Traded

_MAKER = Liquidity.MAKER
_RECEIVED = FeeSide.RECEIVED

FEE_PLACES = 8
"""Decimals of a fee in the fee asset; what is finer is the account's gain."""


def charge(state: ExchangeState, user: User, market: Market, traded: Traded, rate: Decimal) -> Fee:
    """The fee of one fill."""
    instrument = market.instrument
    discount = state.rules.discount
    if discount is not None and user.wants_discount and rate:
        reduced = rate * (ONE - discount.share)
        fee = _in_fee_asset(state, user.id, instrument, traded, discount.asset, reduced)
        if fee is not None:
            return Fee(fee, discount.asset, reduced)
    amount, asset = market.fees.fee(
        instrument, traded.side, quantity=traded.quantity, worth=traded.worth, rate=rate
    )
    if asset != received_asset(traded.side, instrument):
        amount = min(amount, _payable(state, user.id, asset, traded))
    return Fee(amount, asset, rate)


def fee_rate(user: User, instrument: Instrument, liquidity: Liquidity) -> Decimal:
    """The account's own rate, else the instrument's."""
    rates = user.fee_rates
    if liquidity is _MAKER:
        return rates.maker if rates else instrument.maker_fee_rate
    return rates.taker if rates else instrument.taker_fee_rate


def with_fees(market: Market, user: User, side: Side, paid: Decimal) -> Decimal:
    """What an order needs, in what it pays with, to pay `paid` and whatever fees that brings: by
    the higher rate, as one that rests may be made to trade on arrival."""
    if market.fees.side is _RECEIVED:
        return paid
    rates, instrument = user.fee_rates, market.instrument
    if rates is None:
        rate = max(instrument.maker_fee_rate, instrument.taker_fee_rate)
    else:
        rate = max(rates.maker, rates.taker)
    reserve = market.fees.reserve(instrument, side, paid, rate)
    return paid + reserve if reserve else paid


def _payable(state: ExchangeState, account_id: int, asset: str, traded: Traded) -> Decimal:
    """How much of what the order pays with can go into the fee."""
    return state.ledger.available(account_id, asset) - traded.reserved + traded.spare


def _in_fee_asset(
    state: ExchangeState,
    account_id: int,
    instrument: Instrument,
    traded: Traded,
    asset: str,
    rate: Decimal,
) -> Decimal | None:
    """The fee in `asset`; None where it cannot be paid in it."""
    is_buy = traded.side is BUY
    worth = traded.worth
    if received_asset(traded.side, instrument) == asset:
        received = traded.quantity if is_buy else worth
        return truncate(received * rate, FEE_PLACES)
    if asset == (instrument.quote if is_buy else instrument.base):
        free = _payable(state, account_id, asset, traded)
    else:
        free = state.ledger.available(account_id, asset)
    if free <= 0:
        return None
    price = price_of(state, asset, instrument.quote)
    if price is None:
        return None
    amount = truncate(worth * rate / price, FEE_PLACES)
    return amount if amount <= free else None


def price_of(state: ExchangeState, asset: str, quote: str) -> Decimal | None:
    """What one `asset` is worth in `quote` by the reference markets, directly or over one other
    asset; None where no market tells."""
    if asset == quote:
        return ONE
    direct = _pair_price(state, asset, quote)
    if direct is not None:
        return direct
    for market in state.markets.values():
        if market.instrument.base == asset and market.reference.price is not None:
            onward = _pair_price(state, market.instrument.quote, quote)
            if onward is not None:
                return market.reference.price * onward
    return None


def _pair_price(state: ExchangeState, asset: str, quote: str) -> Decimal | None:
    market = state.markets.get(f"{asset}/{quote}")
    if market is not None and market.reference.price is not None:
        return market.reference.price
    inverse = state.markets.get(f"{quote}/{asset}")
    if inverse is not None and inverse.reference.price is not None:
        return ONE / inverse.reference.price
    return None
