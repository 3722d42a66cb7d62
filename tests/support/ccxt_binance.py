"""Stock CCXT's binance classes, turned to a server of ours by nothing but their URLs."""

from typing import Any


def binance_config(url: str, **more: Any) -> dict[str, Any]:
    """What a user gives to `ccxt.binance`, `ccxt.async_support.binance` or `ccxt.pro.binance`.

    CCXT takes a stream for one of the futures exchange unless its URL contains `/stream`.
    """
    base, streams = f"{url}/binance", f"{url.replace('http', 'ws', 1)}/binance"
    return {
        "urls": {
            "api": {
                "public": f"{base}/api/v3",
                "private": f"{base}/api/v3",
                "v1": f"{base}/api/v1",
                "sapi": f"{base}/sapi/v1",
                "sapiV2": f"{base}/sapi/v2",
                "sapiV3": f"{base}/sapi/v3",
                "sapiV4": f"{base}/sapi/v4",
                "fapiPublic": f"{base}/fapi/v1",
                "dapiPublic": f"{base}/dapi/v1",
                "ws": {
                    "spot": f"{streams}/stream/ws",
                    "ws-api": {"spot": f"{streams}/ws-api/v3"},
                },
            }
        },
        # CCXT would wait a quarter of a second at each end.
        "timeout_on_exit": 0,
        **more,
    }
