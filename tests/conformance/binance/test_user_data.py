"""User data on a real server: both ways to listen tell the same, whole and in order."""

import itertools
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.support.binance_client import BinanceClient, signed_params
from tests.support.native_client import AdminClient, NativeClient
from tests.support.server import ServerProcess, running_server
from tests.support.user_data_client import (
    Event,
    EventSocket,
    api_socket,
    stream_socket,
    subscribe,
)

PATH = "/api/v3/userDataStream"

_emails = (f"user-data-{number}@example.com" for number in itertools.count())


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    """Prices by hand."""
    with running_server("--feed", "manual", "--demo", "--rate-limits", "off") as running:
        yield running


@pytest.fixture
def admin(server: ServerProcess) -> Iterator[AdminClient]:
    """BTC/USDT is at 50,000."""
    with AdminClient(server.url) as client:
        client.set_price("50000")
        yield client


class Account:
    """One user, with two sockets that hear of it."""

    def __init__(self, server: ServerProcess, admin: AdminClient, stack: AsyncExitStack) -> None:
        self.email = next(_emails)
        self.admin = admin
        self.key, self.secret = admin.new_user(self.email, USDT="1000000", BTC="10")
        self.binance = stack.enter_context(BinanceClient(server.url, self.key, self.secret))
        self.native = stack.enter_context(NativeClient(server.url, self.key, self.secret))
        self._server, self._stack = server, stack

    async def listen(self, query: str = "") -> tuple[EventSocket, EventSocket]:
        """(WebSocket API, listen key)"""
        url = self._server.websocket_url
        api = await self._stack.enter_async_context(api_socket(url, query))
        assert await subscribe(api, self.key, self.secret) == 0
        target = f"/ws/{self.listen_key()}{query}"
        return api, await self._stack.enter_async_context(stream_socket(url, target))

    def listen_key(self) -> str:
        response = self.call("POST")
        assert response.status_code == 200, response.text
        name: str = response.json()["listenKey"]
        return name

    def call(self, method: str, **params: str) -> httpx.Response:
        """As clients do it: the key's name, and no signature."""
        headers = {"X-MBX-APIKEY": self.key}
        return self.binance.http.request(method, PATH, params=params, headers=headers)

    def move(self, asset: str, amount: str, action: str) -> None:
        body = {"user": self.email, "asset": asset, "amount": amount, "action": action}
        self.admin.post("/admin/balances", body)

    def place(self, side: str, amount: str, price: str | None = None, **more: Any) -> str:
        """The new order's id."""
        response = self.native.order(side, amount, price, **more)
        assert response.is_success, response.text
        order_id: str = response.json()["id"]
        return order_id

    def cancel(self, order_id: str) -> None:
        assert self.native.delete(f"/v1/order/{order_id}").is_success


@pytest.fixture
async def account(server: ServerProcess, admin: AdminClient) -> AsyncIterator[Account]:
    """A new, rich one."""
    async with AsyncExitStack() as stack:
        yield Account(server, admin, stack)


async def heard(api: EventSocket, stream: EventSocket) -> list[Event]:
    """What both sockets were told, which must be the same."""
    events = await api.events()
    assert await stream.events() == events
    return events


def shape(events: list[Event]) -> list[tuple[str, ...]]:
    """The kind of each event, and what tells it from others of its kind."""
    return [
        (event["x"], event["X"])
        if event["e"] == "executionReport"
        else (event["e"], *(holding["a"] for holding in event.get("B", ())))
        for event in events
    ]


async def test_an_orders_life_is_told_event_by_event_on_both_sockets(account: Account) -> None:
    api, stream = await account.listen()
    order_id = account.place("buy", "0.5", "49000", clientOrderId="mine")
    events = await heard(api, stream)
    assert shape(events) == [("NEW", "NEW"), ("outboundAccountPosition", "USDT")]
    assert (events[0]["i"], events[0]["c"]) == (int(order_id), "mine")
    assert events[1]["B"] == [{"a": "USDT", "f": "975500.00000000", "l": "24500.00000000"}]

    account.admin.set_price("48990")
    events = await heard(api, stream)
    assert shape(events) == [("TRADE", "FILLED"), ("outboundAccountPosition", "USDT", "BTC")]
    assert events[0]["m"] is True
    assert events[1]["B"][0]["l"] == "0.00000000"

    account.place("sell", "0.25")
    events = await heard(api, stream)
    assert shape(events) == [
        ("NEW", "NEW"),
        ("TRADE", "FILLED"),
        ("outboundAccountPosition", "BTC", "USDT"),
    ]

    resting = account.place("sell", "0.25", "60000")
    account.cancel(resting)
    assert shape(await heard(api, stream)) == [
        ("NEW", "NEW"),
        ("outboundAccountPosition", "BTC"),
        ("CANCELED", "CANCELED"),
        ("outboundAccountPosition", "BTC"),
    ]


async def test_deposits_and_withdrawals_are_told_as_change_and_as_balance(account: Account) -> None:
    api, stream = await account.listen()
    account.move("ETH", "2.5", "deposit")
    account.move("BTC", "1", "withdraw")
    account.move("USDT", "5", "set")
    events = await heard(api, stream)
    assert shape(events) == [
        ("balanceUpdate",),
        ("outboundAccountPosition", "ETH"),
        ("balanceUpdate",),
        ("outboundAccountPosition", "BTC"),
        ("balanceUpdate",),
        ("outboundAccountPosition", "USDT"),
    ]
    changes = [(event["a"], event["d"]) for event in events[::2]]
    assert changes == [
        ("ETH", "2.50000000"),
        ("BTC", "-1.00000000"),
        ("USDT", "-999995.00000000"),
    ]
    assert [event["B"][0]["f"] for event in events[1::2]] == [
        "2.50000000",
        "9.00000000",
        "5.00000000",
    ]


async def test_times_are_in_microseconds_on_request(account: Account) -> None:
    api, stream = await account.listen("?timeUnit=MICROSECOND")
    account.place("buy", "0.5", "49000")
    report, position = await heard(api, stream)
    assert all(report[name] > 10**15 for name in "ETOW")
    assert min(position["E"], position["u"]) > 10**15


async def test_nobody_hears_of_another_account(
    server: ServerProcess, admin: AdminClient, account: Account
) -> None:
    api, stream = await account.listen()
    async with AsyncExitStack() as stack:
        other = Account(server, admin, stack)
        other_api, other_stream = await other.listen()
        other.place("buy", "0.5", "49000")
        assert len(await heard(other_api, other_stream)) == 2
    assert await heard(api, stream) == []


async def test_one_connection_hears_of_several_accounts(
    server: ServerProcess, admin: AdminClient, account: Account
) -> None:
    async with AsyncExitStack() as stack:
        other = Account(server, admin, stack)
        api = await stack.enter_async_context(api_socket(server.websocket_url))
        assert await subscribe(api, account.key, account.secret) == 0
        assert await subscribe(api, other.key, other.secret) == 1
        again = signed_params(other.key, other.secret)
        refused = await api.exchange("userDataStream.subscribe.signature", again)
        assert refused["error"]["code"] == -2035
        assert await api.ask("session.subscriptions") == [
            {"subscriptionId": 0},
            {"subscriptionId": 1},
        ]
        other.place("buy", "0.5", "49000")
        assert [frame["subscriptionId"] for frame in await api.pushed()] == [1, 1]
        assert await api.ask("userDataStream.unsubscribe", subscriptionId=1) == {}
        assert [frame["event"]["e"] for frame in await api.pushed()] == ["eventStreamTerminated"]
        refused = await api.exchange("userDataStream.unsubscribe", {"subscriptionId": 1})
        assert refused["error"]["code"] == -2036
        other.place("buy", "0.5", "49000")
        account.place("buy", "0.5", "49000")
        assert [frame["subscriptionId"] for frame in await api.pushed()] == [0, 0]
        assert await subscribe(api, other.key, other.secret) == 2
        assert await api.ask("userDataStream.unsubscribe") == {}
        ended = await api.pushed()
        assert [frame["subscriptionId"] for frame in ended] == [0, 2]
        assert await api.ask("session.subscriptions") == []


async def test_a_listen_key_is_kept_alive_and_ended_with_its_name_only(account: Account) -> None:
    listen_key = account.listen_key()
    assert account.listen_key() == listen_key
    assert account.call("PUT", listenKey=listen_key).json() == {}
    missing = account.call("PUT")
    assert (missing.status_code, missing.json()["code"]) == (400, -1102)
    assert account.call("DELETE", listenKey=listen_key).json() == {}
    gone = account.call("PUT", listenKey=listen_key)
    assert gone.status_code == 400
    assert gone.json() == {"code": -1125, "msg": "This listenKey does not exist."}
    assert account.listen_key() != listen_key


async def test_listen_keys_over_the_websocket_api(server: ServerProcess, account: Account) -> None:
    async with api_socket(server.websocket_url) as api:
        started = await api.ask("userDataStream.start", apiKey=account.key)
        assert started == {"listenKey": account.listen_key()}
        both = {"apiKey": account.key, **started}
        assert await api.ask("userDataStream.ping", **both) == {}
        assert await api.ask("userDataStream.stop", **both) == {}
        refused = await api.exchange("userDataStream.ping", both)
        assert (refused["status"], refused["error"]["code"]) == (400, -1125)


async def test_a_listen_key_is_a_stream_like_any_other(
    server: ServerProcess, account: Account
) -> None:
    listen_key = account.listen_key()
    url = server.websocket_url
    async with (
        stream_socket(url, f"/stream?streams={listen_key}") as combined,
        stream_socket(url, "/ws") as plain,
    ):
        subscribed = await plain.exchange("SUBSCRIBE", [listen_key])
        assert subscribed["result"] is None
        account.move("BTC", "1", "deposit")
        frames = await combined.pushed()
        assert [frame["stream"] for frame in frames] == [listen_key] * 2
        assert [frame["data"] for frame in frames] == await plain.pushed()
        await plain.exchange("UNSUBSCRIBE", [listen_key])
        account.move("BTC", "1", "deposit")
        assert await plain.pushed() == []
        assert len(await combined.pushed()) == 2
        account.call("DELETE", listenKey=listen_key)
        (expired,) = await combined.events()
        assert (expired["e"], expired["listenKey"]) == ("listenKeyExpired", listen_key)


async def test_a_revoked_key_ends_what_rests_on_it(account: Account) -> None:
    api, stream = await account.listen()
    account.admin.http.delete(f"/admin/keys/{account.key}").raise_for_status()
    assert [event["e"] for event in await api.events()] == ["eventStreamTerminated"]
    assert [event["e"] for event in await stream.events()] == ["listenKeyExpired"]
    account.move("BTC", "1", "deposit")
    assert await heard(api, stream) == []
    assert account.call("POST").status_code == 401


async def test_what_was_heard_rebuilds_orders_and_balances(account: Account) -> None:
    api, stream = await account.listen()
    dice = random.Random(20_261_120)
    price = 50_000
    # Every asset is heard of at least once.
    account.move("BTC", "1", "deposit")
    account.move("USDT", "1", "deposit")
    resting: list[str] = []
    for _ in range(120):
        match dice.randrange(6):
            case 0 | 1:
                side = dice.choice(["buy", "sell"])
                limit = str(price + dice.randint(-200, 200))
                options = dice.choice([{}, {"timeInForce": "IOC"}, {"timeInForce": "FOK"}])
                resting.append(account.place(side, str(dice.randint(1, 9) / 100), limit, **options))
            case 2:
                account.place(dice.choice(["buy", "sell"]), str(dice.randint(1, 9) / 100))
            case 3 if resting:
                order_id = resting.pop(dice.randrange(len(resting)))
                account.native.delete(f"/v1/order/{order_id}")
            case 4:
                account.move("BTC", str(dice.randint(1, 9)), "deposit")
            case _:
                price += dice.randint(-150, 150)
                account.admin.set_price(str(price))
    events = await heard(api, stream)
    reports = [event for event in events if event["e"] == "executionReport"]
    check_sums(reports)
    orders = {report["i"]: report for report in reports}
    holdings = {holding["a"]: holding for event in events for holding in event.get("B", ())}
    check_balances(account, holdings)
    check_orders(account, orders)


def check_balances(account: Account, holdings: dict[str, Event]) -> None:
    """What was told last is what there is."""
    for asset in ("BTC", "USDT"):
        free, used = account.native.balance(asset)
        told = holdings[asset]
        assert (float(told["f"]), float(told["l"])) == (free, used), asset


def check_sums(reports: list[Event]) -> None:
    """Nothing is told twice or left out: what was filled is the sum of the fills."""
    assert len({report["I"] for report in reports}) == len(reports)
    filled: dict[tuple[int, str], Decimal] = {}
    for report in reports:
        for letter, last in ("zl", "ZY"):
            key = report["i"], letter
            filled[key] = filled.get(key, Decimal(0)) + Decimal(report[last])
            assert Decimal(report[letter]) == filled[key], report


STATES = {
    "NEW": "open",
    "PARTIALLY_FILLED": "partially_filled",
    "FILLED": "filled",
    "CANCELED": "canceled",
    "EXPIRED": "expired",
    "EXPIRED_IN_MATCH": "expired",
}


def check_orders(account: Account, orders: dict[int, Event]) -> None:
    """Each order as it was told last is the order as it is."""
    assert orders
    for order_id, told in orders.items():
        order = account.native.get(f"/v1/order/{order_id}").json()
        assert STATES[told["X"]] == order["status"], told
        figures = tuple(float(told[letter]) for letter in "qz")
        assert figures == (order["amount"], order["filled"]), told
