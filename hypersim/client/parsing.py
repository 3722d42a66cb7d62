"""Answers of the native API in CCXT's unified structures. They differ little: numbers become
numbers, and an order's status and time in force take CCXT's words."""

from typing import Any

from hypersim.client.wire import Data, Wire

STATUSES = {
    "open": "open",
    "filled": "closed",
    "canceled": "canceled",
    "expired": "expired",
    "rejected": "rejected",
}

LEDGER_TYPES = {
    "trade": "trade",
    "deposit": "transaction",
    "withdraw": "transaction",
    "adjust": "transaction",
}

FEED_STATES = {
    "starting": "maintenance",
    "live": "ok",
    "degraded": "ok",
    "stale": "maintenance",
    "ended": "shutdown",
    "failed": "error",
}


class Parsing(Wire):
    """From the API's bodies to CCXT's structures."""

    def parse_market(self, market: Data) -> Data:
        """One market."""
        limits = {
            name: {bound: self.safe_number(limit, bound) for bound in ("min", "max")}
            for name, limit in market["limits"].items()
        }
        precision = {
            name: self.parse_number(self.safe_string(market["precision"], name))
            for name in market["precision"]
        }
        taken = ("id", "symbol", "base", "quote", "baseId", "quoteId", "type", "spot", "active")
        parsed: Data = self.safe_market_structure(
            {
                **{name: market[name] for name in taken},
                "margin": False,
                "taker": self.safe_number(market, "taker"),
                "maker": self.safe_number(market, "maker"),
                "percentage": True,
                "tierBased": False,
                "feeSide": market["feeSide"],
                "precision": {**precision, "cost": precision["quote"]},
                "limits": {"leverage": {"min": None, "max": None}, **limits},
                "info": market,
            }
        )
        return parsed

    def parse_currencies(self, markets: list[Data]) -> Data:
        """All assets that any market trades, with the finest of their precisions. Money comes and
        goes through the admin API, for every asset and without a fee."""
        finest: dict[str, tuple[str, str]] = {}
        for market in markets:
            for side in ("base", "quote"):
                code = self.safe_currency_code(market[side + "Id"])
                places = self.safe_string(market["precision"], side)
                _, known = finest.get(code, ("", places))
                precision = min(known, places, key=self.parse_to_numeric)
                finest[code] = (market[side + "Id"], precision)
        return {
            code: self.safe_currency_structure(
                {
                    "id": asset_id,
                    "code": code,
                    "name": code,
                    "type": "crypto",
                    "active": True,
                    "deposit": True,
                    "withdraw": True,
                    "fee": self.parse_number("0"),
                    "precision": self.parse_number(precision),
                    "networks": {},
                    "info": {"id": asset_id, "precision": precision},
                }
            )
            for code, (asset_id, precision) in finest.items()
        }

    def parse_ticker(self, ticker: Data, market: Data | None = None) -> Data:
        """The last 24 hours and the best quote."""
        parsed: Data = self.safe_ticker(
            {
                "symbol": self.safe_symbol(ticker["symbol"], market),
                "timestamp": ticker["timestamp"],
                "datetime": self.iso8601(ticker["timestamp"]),
                **{
                    name: self.safe_string(ticker, name)
                    for name in (
                        *("high", "low", "bid", "bidVolume", "ask", "askVolume", "vwap"),
                        *("open", "close", "last", "change", "percentage", "average"),
                        *("baseVolume", "quoteVolume"),
                    )
                },
                "previousClose": None,
                "info": ticker,
            },
            market,
        )
        return parsed

    def parse_last_price(self, ticker: Data, market: Data | None = None) -> Data:
        """The last trade's price."""
        return {
            "symbol": self.safe_symbol(ticker["symbol"], market),
            "timestamp": ticker["timestamp"],
            "datetime": self.iso8601(ticker["timestamp"]),
            "price": self.safe_number(ticker, "last"),
            "side": None,
            "info": ticker,
        }

    def parse_book(self, book: Data, symbol: str) -> Data:
        """The order book."""
        parsed: Data = self.parse_order_book(book, symbol, book["timestamp"])
        parsed["nonce"] = book["nonce"]
        return parsed

    def parse_ohlcv(self, ohlcv: list[Any], market: Data | None = None) -> list[Any]:
        """One candle."""
        del market
        return [ohlcv[0], *(self.safe_number(ohlcv, index) for index in range(1, 6))]

    def parse_trade(self, trade: Data, market: Data | None = None) -> Data:
        """A public trade, or one of the account's own."""
        fee = self.safe_dict(trade, "fee")
        parsed: Data = self.safe_trade(
            {
                "id": trade["id"],
                "order": self.safe_string(trade, "order"),
                "clientOrderId": self.safe_string(trade, "clientOrderId"),
                "timestamp": trade["timestamp"],
                "datetime": self.iso8601(trade["timestamp"]),
                "symbol": self.safe_symbol(trade["symbol"], market),
                "type": None,
                "side": trade["side"],
                "takerOrMaker": self.safe_string(trade, "takerOrMaker"),
                "price": self.safe_string(trade, "price"),
                "amount": self.safe_string(trade, "amount"),
                "cost": self.safe_string(trade, "cost"),
                "fee": fee and self._parse_fee(fee),
                "info": trade,
            },
            market,
        )
        return parsed

    def parse_order(self, order: Data, market: Data | None = None) -> Data:
        """One order. CCXT's cost is what was traded, so an untouched order has none."""
        fee = self.safe_dict(order, "fee")
        is_traded = self.parse_to_numeric(order["filled"]) > 0
        post_only = self.safe_bool(order, "postOnly", False)
        parsed: Data = self.safe_order(
            {
                "id": order["id"],
                "clientOrderId": self.safe_string(order, "clientOrderId"),
                "timestamp": order["timestamp"],
                "datetime": self.iso8601(order["timestamp"]),
                "lastTradeTimestamp": self.safe_integer(order, "lastTradeTimestamp"),
                "lastUpdateTimestamp": self.safe_integer(order, "lastUpdateTimestamp"),
                "symbol": self.safe_symbol(order["symbol"], market),
                "type": order["type"],
                "timeInForce": "PO" if post_only else self.safe_string(order, "timeInForce"),
                "postOnly": post_only,
                "side": order["side"],
                "price": self.safe_string(order, "price"),
                "average": self.safe_string(order, "average"),
                "amount": self.safe_string(order, "amount"),
                "cost": self.safe_string(order, "cost") if is_traded else "0",
                "filled": self.safe_string(order, "filled"),
                "remaining": self.safe_string(order, "remaining"),
                "status": STATUSES.get(order["status"], order["status"]),
                "fee": fee and self._parse_fee(fee),
                "trades": self.parse_trades(self.safe_list(order, "trades", []), market),
                "info": order,
            },
            market,
        )
        return parsed

    def parse_balance(self, response: Data) -> Data:
        """What the account has, by currency."""
        result: Data = {
            "info": response,
            "timestamp": response["timestamp"],
            "datetime": self.iso8601(response["timestamp"]),
        }
        for asset in response["total"]:
            result[self.safe_currency_code(asset)] = {
                kind: self.safe_string(response[kind], asset) for kind in ("free", "used", "total")
            }
        parsed: Data = self.safe_balance(result)
        return parsed

    def parse_ledger_entry(self, item: Data, currency: Data | None = None) -> Data:
        """One change of one balance. Amounts are net of fees, so there is none to name."""
        code = self.safe_currency_code(item["currency"], currency)
        return {
            "id": item["id"],
            "timestamp": item["timestamp"],
            "datetime": self.iso8601(item["timestamp"]),
            "direction": item["direction"],
            "account": "spot",
            "referenceId": item["referenceId"],
            "referenceAccount": None,
            "type": LEDGER_TYPES.get(item["type"], item["type"]),
            "currency": code,
            "amount": self.safe_number(item, "amount"),
            "before": self.safe_number(item, "before"),
            "after": self.safe_number(item, "after"),
            "status": item["status"],
            "fee": {"currency": code, "cost": self.parse_number("0")},
            "info": item,
        }

    def parse_trading_fee(self, fee: Data, market: Data | None = None) -> Data:
        """The account's rates for one market."""
        return {
            "symbol": self.safe_symbol(fee["symbol"], market),
            "maker": self.safe_number(fee, "maker"),
            "taker": self.safe_number(fee, "taker"),
            "percentage": True,
            "tierBased": False,
            "info": fee,
        }

    def parse_status(self, response: Data) -> Data:
        """Whether prices flow."""
        return {
            "status": FEED_STATES.get(response["feed"]["state"], "error"),
            "updated": response["timestamp"],
            "eta": None,
            "url": None,
            "info": response,
        }

    def _parse_fee(self, fee: Data) -> Data:
        parsed = {
            "currency": self.safe_currency_code(fee["currency"]),
            "cost": self.safe_number(fee, "cost"),
        }
        rate = self.safe_number(fee, "rate")
        return parsed if rate is None else {**parsed, "rate": rate}
