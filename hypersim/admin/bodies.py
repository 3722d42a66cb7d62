"""Answers of the admin API: camel-case fields, exact JSON numbers, times in ms and in ISO 8601."""

from collections.abc import Mapping
from typing import Any

from litestar import Response
from msgspec import Raw

from hypersim.account.entries import Balance
from hypersim.account.user import ApiKey, KeyKind, User
from hypersim.admin.errors import JSON
from hypersim.api.plain_json import encode, iso, number, optional_number
from hypersim.market.data import MarketData
from hypersim.market.instrument import Instrument
from hypersim.service.feed import FeedStatus


def reply(body: object, status: int = 200) -> Response[bytes]:
    """A JSON answer."""
    return Response(encode(body), status_code=status, media_type=JSON)


def balance_body(balance: Balance) -> dict[str, Raw]:
    """What an account has of one asset."""
    return {
        "available": number(balance.available),
        "locked": number(balance.locked),
        "total": number(balance.total),
    }


def user_body(user: User, balances: Mapping[str, Balance], open_orders: int) -> dict[str, Any]:
    """A user with balances; the password is never shown."""
    fees = user.fee_rates
    return {
        "id": str(user.id),
        "email": user.email,
        "timestamp": user.created_ms,
        "datetime": iso(user.created_ms),
        "hasPassword": user.password_hash is not None,
        "fees": fees and {"maker": number(fees.maker), "taker": number(fees.taker)},
        "openOrders": open_orders,
        "balances": {asset: balance_body(balances[asset]) for asset in sorted(balances)},
    }


def key_body(key: ApiKey, email: str) -> dict[str, Any]:
    """An API key without its secret."""
    return {
        "apiKey": key.key,
        "user": email,
        "label": key.label,
        "kind": key.kind,
        "permissions": sorted(key.permissions),
        "allowedIps": list(key.allowed_ips),
        "timestamp": key.created_ms,
        "datetime": iso(key.created_ms),
        "revoked": key.revoked_ms is not None,
    }


def issued_key_body(key: ApiKey, email: str) -> dict[str, Any]:
    """A new API key with its secret, which is shown this once, or the public key without one."""
    is_shared = key.kind is KeyKind.HMAC
    return {
        **key_body(key, email),
        "apiSecret": key.secret.value if is_shared else None,
        "publicKey": None if is_shared else key.secret.value,
        "passphrase": key.passphrase.value if key.passphrase else None,
    }


def instrument_body(instrument: Instrument) -> dict[str, Any]:
    """Every field, in the words in which `POST /admin/instruments` takes it."""
    band = instrument.price_band
    return {
        "symbol": instrument.symbol,
        "base": instrument.base,
        "quote": instrument.quote,
        "status": instrument.status,
        "tickSize": number(instrument.tick_size),
        "stepSize": number(instrument.step_size),
        "minPrice": number(instrument.min_price),
        "maxPrice": number(instrument.max_price),
        "minQuantity": number(instrument.min_quantity),
        "maxQuantity": number(instrument.max_quantity),
        "marketMaxQuantity": optional_number(instrument.market_max_quantity),
        "minNotional": number(instrument.min_notional),
        "maxNotional": number(instrument.max_notional),
        "priceBand": {
            "bidDown": number(band.bid_down),
            "bidUp": number(band.bid_up),
            "askDown": number(band.ask_down),
            "askUp": number(band.ask_up),
        },
        "averageMinutes": instrument.average_minutes,
        "openOrdersMax": instrument.open_orders_max,
        "algoOrdersMax": instrument.algo_orders_max,
        "icebergPartsMax": instrument.iceberg_parts_max,
        "icebergOrdersMax": instrument.iceberg_orders_max,
        "orderListsMax": instrument.order_lists_max,
        "orderAmendsMax": instrument.order_amends_max,
        "positionMax": optional_number(instrument.position_max),
        "trailingDeltaMin": instrument.trailing_delta_min,
        "trailingDeltaMax": instrument.trailing_delta_max,
        "makerFeeRate": number(instrument.maker_fee_rate),
        "takerFeeRate": number(instrument.taker_fee_rate),
        "feeModel": instrument.fee_model,
        "basePlaces": instrument.base_places,
        "quotePlaces": instrument.quote_places,
    }


def feed_body(status: FeedStatus) -> dict[str, Any]:
    """The feed's own account of itself."""
    return {
        "name": status.name,
        "state": status.state,
        "detail": status.detail,
        "reconnects": status.reconnects,
        "lastEventAt": status.last_event_ms,
    }


def market_body(data: MarketData, now_ms: int) -> dict[str, Any]:
    """How fresh one market is: `lastEventAt` in ms, null before its first event."""
    has_event = data.time_ms > 0
    return {
        "symbol": data.symbol,
        "stale": data.is_stale,
        "lastEventAt": data.time_ms if has_event else None,
        "ageMs": max(0, now_ms - data.time_ms) if has_event else None,
        "bid": optional_number(data.bids[0][0] if data.bids else None),
        "ask": optional_number(data.asks[0][0] if data.asks else None),
        "last": optional_number(data.last_price),
    }
