"""A bot that passes the driving test: it buys a little every few seconds, never sends an order
again before it knows that the first one was not taken, waits as long as it is told, and asks about
every order until it is over.

    hypersim drive --speed 60 -- python examples/bots/careful.py
"""

import os
import re
import time
import uuid

import ccxt

SYMBOL, AMOUNT, ORDERS = "BTC/USDT", 0.0002, 50
PAUSE_S = 5.0
TROUBLE = (ccxt.OperationFailed, ccxt.BadResponse, ccxt.NullResponse)

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


def wait(failures):
    """As long as the venue says, else longer each time."""
    headers = exchange.last_response_headers or {}
    told = next((text for name, text in headers.items() if name.lower() == "retry-after"), "0")
    time.sleep(max(float(told), min(60.0, 2.0**failures)))


def asked(what):
    """The answer to a question, which may be asked as often as it takes."""
    failures = 0
    while True:
        try:
            answer = what()
        except TROUBLE:
            answer = None
        if isinstance(answer, dict) and answer:
            return answer
        wait(failures)
        failures += 1


def order_of(client_id):
    """What became of an order; None if it was never taken."""
    try:
        return asked(lambda: exchange.fetch_order(None, SYMBOL, {"clientOrderId": client_id}))
    except ccxt.OrderNotFound:
        return None


def buy():
    """One market order, placed once, whatever happens on the way."""
    client_id, order, failures = f"careful-{uuid.uuid4().hex[:16]}", None, 0
    while order is None:
        try:
            named = {"clientOrderId": client_id}
            order = exchange.create_order(SYMBOL, "market", "buy", AMOUNT, None, named)
        except TROUBLE:
            wait(failures)
            failures += 1
        if order is None or order.get("status") != "closed":
            order = order_of(client_id)
    print(order["status"], order["filled"], flush=True)


asked(exchange.load_markets)
for _ in range(ORDERS):
    buy()
    time.sleep(PAUSE_S)
