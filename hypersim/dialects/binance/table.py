"""Every operation that the dialect has, family by family."""

from hypersim.dialects.binance import (
    market_candles,
    market_exchange_info,
    market_general,
    market_prices,
    market_tickers,
    market_trades,
    sessions,
    user_data_operations,
    wallet_account,
    wallet_capital,
)
from hypersim.dialects.binance.operations import Operation

OPERATIONS: tuple[Operation, ...] = (
    *sessions.OPERATIONS,
    *user_data_operations.OPERATIONS,
    *market_general.OPERATIONS,
    *market_exchange_info.OPERATIONS,
    *market_trades.OPERATIONS,
    *market_candles.OPERATIONS,
    *market_prices.OPERATIONS,
    *market_tickers.OPERATIONS,
    *wallet_account.OPERATIONS,
    *wallet_capital.OPERATIONS,
)
