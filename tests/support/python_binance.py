"""python-binance, pointed at a server of ours.

Its imports use names that websockets calls deprecated, and warnings are errors here.
"""

import warnings

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from binance import AsyncClient, BinanceSocketManager, Client
    from binance.base_client import BaseClient
    from binance.exceptions import BinanceAPIException
    from binance.ws.reconnecting_websocket import ReconnectingWebsocket

__all__ = ["AsyncClient", "BinanceAPIException", "BinanceSocketManager", "Client", "redirect"]


def redirect(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """The constructors take no URL: they are attributes of the classes."""
    sockets = url.replace("http", "ws", 1)
    monkeypatch.setattr(BaseClient, "API_URL", f"{url}/api")
    monkeypatch.setattr(BaseClient, "MARGIN_API_URL", f"{url}/sapi")
    monkeypatch.setattr(BaseClient, "WS_API_URL", f"{sockets}/ws-api/v3")
    monkeypatch.setattr(BinanceSocketManager, "STREAM_URL", f"{sockets}/")
    # A socket that is closed first waits for one more message, by itself for 10 s.
    monkeypatch.setattr(ReconnectingWebsocket, "TIMEOUT", 0.5)
