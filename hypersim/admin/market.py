"""Where prices come from and how fresh they are; prices set by hand."""

from typing import Any

import msgspec
from litestar import Response, get, post
from msgspec import UNSET, UnsetType

from hypersim.admin.bodies import feed_body, market_body, reply
from hypersim.admin.body_schema import takes
from hypersim.admin.errors import AdminError, AdminRequest, ErrorCode
from hypersim.admin.parsing import Number, decimal_of, decode, query_of, symbol_of
from hypersim.api.plain_json import iso
from hypersim.api.services import AdminActions, Services
from hypersim.service.manual_price import InvalidPrice, ManualPrice
from hypersim.service.view import View

MANUAL_FEED = "manual"


class PriceRequest(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """Body of `POST /admin/price`. Unless given, the sizes are large, and bid and ask are shown a
    tick from the price, at which both sides trade."""

    symbol: str
    price: Number
    bid: Number | UnsetType = UNSET
    ask: Number | UnsetType = UNSET
    bid_size: Number | UnsetType = UNSET
    ask_size: Number | UnsetType = UNSET


_decoder = msgspec.json.Decoder(PriceRequest)


def market_handlers(services: Services, control: AdminActions) -> list[Any]:
    """The handlers for the feed and for prices."""
    engine, view, feed = services.engine, services.engine.view, services.feed

    @get("/admin/feed", summary="The feed's state, and how fresh each symbol is")
    async def show_feed(request: AdminRequest) -> Response[bytes]:
        query_of(request)
        now_ms = engine.clock.now_ms()
        symbols = [market_body(data, now_ms) for data in view.markets.values()]
        time = {"timestamp": now_ms, "datetime": iso(now_ms)}
        return reply({**feed_body(feed.status()), **time, "symbols": symbols})

    @post(
        "/admin/price",
        status_code=200,
        summary="Set a price (manual feed only); answers when every fill is durable",
        operation_class=takes(PriceRequest),
    )
    async def put_price(request: AdminRequest) -> Response[bytes]:
        wanted = _manual_price(view, decode(_decoder, await request.body()))
        name = feed.status().name
        if name != MANUAL_FEED:
            message = (
                f"Prices come from the feed {name!r}; they can be set only under the manual feed "
                f"(hypersim serve --feed manual)"
            )
            raise AdminError(ErrorCode.FEED_NOT_MANUAL, message, {"feed": name}, status=409)
        try:
            await control.set_price(wanted)
        except InvalidPrice as error:
            raise AdminError(ErrorCode.INVALID_PRICE, str(error)) from None
        return reply(market_body(view.markets[wanted.symbol], engine.clock.now_ms()))

    return [show_feed, put_price]


def _manual_price(view: View, request: PriceRequest) -> ManualPrice:
    """Raises `AdminError`."""
    optional = {
        name: decimal_of(raw, label, ErrorCode.INVALID_PRICE)
        for name, label, raw in (
            ("bid", "bid", request.bid),
            ("ask", "ask", request.ask),
            ("bid_size", "bidSize", request.bid_size),
            ("ask_size", "askSize", request.ask_size),
        )
        if not isinstance(raw, UnsetType)
    }
    price = decimal_of(request.price, "price", ErrorCode.INVALID_PRICE)
    return ManualPrice(symbol_of(view, request.symbol), price, **optional)
