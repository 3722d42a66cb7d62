"""Binance Spot: REST, WebSocket API and streams, for clients that nobody here wrote."""

from hypersim.api.dialect import Dialect
from hypersim.dialects.binance.app.build import build

DIALECT = Dialect(
    "binance",
    "/binance",
    ("/api", "/sapi", "/fapi", "/dapi", "/eapi", "/papi", "/ws", "/stream", "/ws-api"),
    build,
)
