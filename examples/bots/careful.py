"""A bot that passes the driving test: it buys a little every few seconds, never sends an order
again before it knows that the first one was not taken, waits as long as it is told, and asks about
every order until it is over.

    hypersim drive --speed 60 -- python examples/bots/careful.py
"""

import os
import re
import sys
import time
import uuid

import ccxt

SYMBOL, AMOUNT, ORDERS = "BTC/USDT", 0.0002, int(sys.argv[1]) if sys.argv[1:] else 50
PAUSE_S, LOOKS = 5.0, 6
# To CCXT Binance's maintenance (-1016) is a bad request.
TROUBLE = (ccxt.OperationFailed, ccxt.BadResponse, ccxt.NullResponse, ccxt.BadRequest)
OPTIONS = {"fetchMarkets": {"types": ["spot"]}, "fetchCurrencies": False}

exchange = ccxt.binance({"timeout": 600_000, "options": OPTIONS})
exchange.apiKey = os.environ["HYPERSIM_API_KEY"]
exchange.secret = os.environ["HYPERSIM_API_SECRET"]
for name, url in exchange.urls["api"].items():
    if isinstance(url, str):
        exchange.urls["api"][name] = re.sub("https://[^/]+", os.environ["HYPERSIM_URL"], url)


def wait(failures):
    """As long as the venue says, else longer each time."""
    headers = exchange.last_response_headers or {}
    told = [text for name, text in headers.items() if name.lower() == "retry-after"]
    time.sleep(max(float(told[0]) if told else 0.0, min(60.0, 2.0**failures)))


def insisted(what, *arguments):
    """An answer, of what may be asked as often as it takes."""
    failures = 0
    while True:
        try:
            answer = what(*arguments)
            if isinstance(answer, dict) and answer and answer.get("status", "") is not None:
                return answer
        except TROUBLE:
            pass
        wait(failures)
        failures += 1


def placed(client_id):
    """What became of one market order, whatever happens on the way; None if it was never taken."""
    named = {"clientOrderId": client_id}
    try:
        exchange.create_order(SYMBOL, "market", "buy", AMOUNT, None, named)
    except TROUBLE:
        wait(failures=1)
    try:
        order = insisted(exchange.fetch_order, None, SYMBOL, named)
        for _ in range(LOOKS):
            if order["status"] != "open":
                return order
            time.sleep(PAUSE_S)
            order = insisted(exchange.fetch_order, None, SYMBOL, named)
        return insisted(exchange.cancel_order, order["id"], SYMBOL)
    except ccxt.OrderNotFound:
        return None


insisted(exchange.load_markets)
for _ in range(ORDERS):
    try:
        order = placed(f"careful-{uuid.uuid4().hex[:16]}")
        print(order["status"] if order else "not taken", flush=True)
    except ccxt.ExchangeError as refusal:
        print("refused", type(refusal).__name__, flush=True)
    time.sleep(PAUSE_S)
