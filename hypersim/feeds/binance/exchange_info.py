"""`GET /api/v3/exchangeInfo` as Binance's documents describe it."""

import msgspec


class Filter(msgspec.Struct, frozen=True, rename="camel"):
    """Any symbol filter of exchangeInfo; each uses some of the fields."""

    filter_type: str
    min_price: str | None = None
    max_price: str | None = None
    tick_size: str | None = None
    min_qty: str | None = None
    max_qty: str | None = None
    step_size: str | None = None
    min_notional: str | None = None
    max_notional: str | None = None
    multiplier_up: str | None = None
    multiplier_down: str | None = None
    bid_multiplier_up: str | None = None
    bid_multiplier_down: str | None = None
    ask_multiplier_up: str | None = None
    ask_multiplier_down: str | None = None
    max_num_orders: int | None = None
    max_num_algo_orders: int | None = None
    max_num_iceberg_orders: int | None = None
    max_num_order_lists: int | None = None
    max_num_order_amends: int | None = None
    max_position: str | None = None
    min_trailing_above_delta: int | None = None
    max_trailing_above_delta: int | None = None
    limit: int | str | None = None
    avg_price_mins: int | None = None


class SymbolInfo(msgspec.Struct, frozen=True, rename="camel"):
    """One symbol of exchangeInfo."""

    symbol: str
    status: str
    base_asset: str
    quote_asset: str
    base_asset_precision: int = 8
    quote_asset_precision: int = 8
    is_spot_trading_allowed: bool = True
    filters: list[Filter] = []

    @property
    def name(self) -> str:
        """As it is written here: BTC/USDT."""
        return f"{self.base_asset}/{self.quote_asset}"

    @property
    def is_open(self) -> bool:
        """Whether anybody can trade it on the spot market now."""
        return self.status == "TRADING" and self.is_spot_trading_allowed


class ExchangeInfo(msgspec.Struct, frozen=True, rename="camel"):
    """`GET /api/v3/exchangeInfo`."""

    symbols: list[SymbolInfo]
