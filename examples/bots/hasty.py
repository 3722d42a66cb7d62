"""A bot that fails the driving test: whatever goes wrong, it does the same again at once.

hypersim drive --speed 60 -- python examples/bots/hasty.py
"""

import os
import re
import sys
import time

import ccxt

SYMBOL, AMOUNT, ORDERS = "BTC/USDT", 0.0002, int(sys.argv[1]) if sys.argv[1:] else 50
PAUSE_S = 5.0

exchange = ccxt.binance(
    {
        "apiKey": os.environ["HYPERSIM_API_KEY"],
        "secret": os.environ["HYPERSIM_API_SECRET"],
        "timeout": 600_000,
        "options": {"fetchMarkets": {"types": ["spot"]}, "fetchCurrencies": False},
    }
)
for name, url in exchange.urls["api"].items():
    if isinstance(url, str):
        exchange.urls["api"][name] = re.sub("https://[^/]+", os.environ["HYPERSIM_URL"], url)


def again_and_again(what, *arguments):
    """This is how money is lost: the order that seems to have failed may be there."""
    while True:
        try:
            return what(*arguments)
        except ccxt.BaseError as error:
            print(type(error).__name__, flush=True)


again_and_again(exchange.load_markets)
for _ in range(ORDERS):
    again_and_again(exchange.create_order, SYMBOL, "market", "buy", AMOUNT)
    time.sleep(PAUSE_S)
