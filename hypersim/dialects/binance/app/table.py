"""Every operation that the dialect has, family by family."""

from hypersim.dialects.binance.account import status as account_status
from hypersim.dialects.binance.account import trades as account_trades
from hypersim.dialects.binance.account import user_data as user_data_operations
from hypersim.dialects.binance.account.wallet import account as wallet_account
from hypersim.dialects.binance.account.wallet import coins as wallet_coins
from hypersim.dialects.binance.account.wallet import transfers as wallet_transfers
from hypersim.dialects.binance.account.wallet import withdraw as wallet_withdraw
from hypersim.dialects.binance.app import logon as sessions
from hypersim.dialects.binance.market import candles as market_candles
from hypersim.dialects.binance.market import exchange_info as market_exchange_info
from hypersim.dialects.binance.market import general as market_general
from hypersim.dialects.binance.market import prices as market_prices
from hypersim.dialects.binance.market import tickers as market_tickers
from hypersim.dialects.binance.market import trades as market_trades
from hypersim.dialects.binance.orders import amend as orders_amend
from hypersim.dialects.binance.orders import amendments as orders_amendments
from hypersim.dialects.binance.orders import cancel as orders_cancel
from hypersim.dialects.binance.orders import commission as account_commission
from hypersim.dialects.binance.orders import list_place as lists_place
from hypersim.dialects.binance.orders import list_query as lists_query
from hypersim.dialects.binance.orders import place as orders_place
from hypersim.dialects.binance.orders import query as orders_query
from hypersim.dialects.binance.orders import replace as orders_replace
from hypersim.dialects.binance.venue import Operation

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
    *wallet_coins.OPERATIONS,
    *wallet_transfers.OPERATIONS,
    *wallet_withdraw.OPERATIONS,
    *account_commission.OPERATIONS,
    *account_status.OPERATIONS,
    *account_trades.OPERATIONS,
    *lists_place.OPERATIONS,
    *lists_query.OPERATIONS,
    *orders_amend.OPERATIONS,
    *orders_cancel.OPERATIONS,
    *orders_place.OPERATIONS,
    *orders_query.OPERATIONS,
    *orders_replace.OPERATIONS,
    *orders_amendments.OPERATIONS,
)
