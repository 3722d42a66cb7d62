"""What is looked at before an order is sent."""

from decimal import Decimal

from scripts.rebalance_bot.domain.market import Market
from scripts.rebalance_bot.domain.planning import Holdings, Trade
from scripts.rebalance_bot.domain.side import Side

FEE_ROOM = Decimal("1.001")
"""A buy must be payable with this much on top, which is what a fee may take."""

PRICE_BAND = Decimal("0.05")
"""A limit further from the market than this share of its price is taken for a mistake."""


def objection(trade: Trade, market: Market, holdings: Holdings, min_notional: Decimal) -> str:
    """Why the order is not to be sent; empty if it may be."""
    if trade.quantity <= 0 or trade.price <= 0:
        return "nothing to trade"
    if not market.fits(trade.price, trade.quantity):
        return f"{trade.quantity} at {trade.price} is not on the market's grid"
    if trade.notional < min_notional:
        return f"notional {trade.notional.normalize():f} is below {min_notional} {market.quote}"
    if abs(trade.price / trade.market_price - 1) > PRICE_BAND:
        return f"price {trade.price} is far from the market's {trade.market_price}"
    return _unpayable(trade, market, holdings)


def _unpayable(trade: Trade, market: Market, holdings: Holdings) -> str:
    match trade.side:
        case Side.BUY:
            needed, free, asset = trade.notional * FEE_ROOM, holdings.money_free, market.quote
        case Side.SELL:
            needed, free, asset = trade.quantity, holdings.coin_free, market.base
    return "" if needed <= free else f"needs {needed.normalize():f} {asset}, {free} are free"
