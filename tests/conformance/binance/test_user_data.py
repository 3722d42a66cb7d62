"""User data on a real server: both ways to listen tell the same, whole and in order."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.support.binance_client import signed_params
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess
from tests.support.user_data_client import api_socket, stream_socket, subscribe
from tests.support.watched_account import WatchedAccount, shape

POSITION = ("outboundAccountPosition", "BTC", "USDT", "BNB")
"""What an order may have changed: base, quote and what fees may be paid in."""


@pytest.fixture
async def account(
    quiet_server: ServerProcess, quiet_admin: AdminClient
) -> AsyncIterator[WatchedAccount]:
    """A new, rich one."""
    async with AsyncExitStack() as stack:
        yield WatchedAccount(quiet_server, quiet_admin, stack)


async def test_an_orders_life_is_told_event_by_event_on_both_sockets(
    account: WatchedAccount,
) -> None:
    await account.listen()
    placed = account.place("BUY", "0.5", "49000", newClientOrderId="mine")
    events = await account.heard()
    assert shape(events) == [("NEW", "NEW"), POSITION]
    assert (events[0]["i"], events[0]["c"]) == (placed["orderId"], "mine")
    assert events[0]["T"] == placed["transactTime"]
    assert {"a": "USDT", "f": "975500.00000000", "l": "24500.00000000"} in events[1]["B"]

    account.admin.set_price("48990")
    events = await account.heard()
    assert shape(events) == [("TRADE", "FILLED"), POSITION]
    assert events[0]["m"] is True
    assert {holding["l"] for holding in events[1]["B"]} == {"0.00000000"}

    sold = account.place("SELL", "0.25")
    events = await account.heard()
    assert shape(events) == [
        ("NEW", "NEW"),
        ("TRADE", "FILLED"),
        POSITION,
    ]
    (fill,) = sold["fills"]
    assert [events[1][letter] for letter in "lLnNt"] == [
        fill[name] for name in ("qty", "price", "commission", "commissionAsset", "tradeId")
    ]


async def test_a_cancel_is_told_under_the_names_of_the_answer(account: WatchedAccount) -> None:
    await account.listen()
    placed = account.place("SELL", "0.25", "60000")
    for options in ({}, {"newClientOrderId": "cancel-1"}):
        canceled = account.cancel(placed["orderId"], **options)
        *_, report, position = await account.heard()
        assert (report["x"], report["X"]) == ("CANCELED", "CANCELED")
        assert report["c"] == canceled["clientOrderId"]
        assert report["C"] == canceled["origClientOrderId"] == placed["clientOrderId"]
        assert {"a": "BTC", "f": "10.00000000", "l": "0.00000000"} in position["B"]
        placed = account.place("SELL", "0.25", "60000")
    account.place("SELL", "0.25", "61000")
    await account.heard()
    canceled_all = account.call("DELETE", "openOrders")
    events = await account.heard()
    assert shape(events) == [
        ("CANCELED", "CANCELED"),
        POSITION,
        ("CANCELED", "CANCELED"),
        POSITION,
    ]
    names = [(event["C"], event["c"]) for event in events[::2]]
    assert names == [(one["origClientOrderId"], one["clientOrderId"]) for one in canceled_all]


async def test_deposits_and_withdrawals_are_told_as_change_and_as_balance(
    account: WatchedAccount,
) -> None:
    await account.listen()
    account.move("ETH", "2.5", "deposit")
    account.move("BTC", "1", "withdraw")
    account.move("USDT", "5", "set")
    events = await account.heard()
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


async def test_times_are_in_microseconds_on_request(account: WatchedAccount) -> None:
    await account.listen("?timeUnit=MICROSECOND")
    account.place("BUY", "0.5", "49000")
    report, position = await account.heard()
    assert all(report[name] > 10**15 for name in "ETOW")
    assert min(position["E"], position["u"]) > 10**15


async def test_nobody_hears_of_another_account(
    quiet_server: ServerProcess, quiet_admin: AdminClient, account: WatchedAccount
) -> None:
    await account.listen()
    async with AsyncExitStack() as stack:
        other = WatchedAccount(quiet_server, quiet_admin, stack)
        await other.listen()
        other.place("BUY", "0.5", "49000")
        assert len(await other.heard()) == 2
    assert await account.heard() == []


async def test_one_connection_hears_of_several_accounts(
    quiet_server: ServerProcess, quiet_admin: AdminClient, account: WatchedAccount
) -> None:
    async with AsyncExitStack() as stack:
        other = WatchedAccount(quiet_server, quiet_admin, stack)
        api = await stack.enter_async_context(api_socket(quiet_server.websocket_url))
        assert await subscribe(api, account.key, account.secret) == 0
        assert await subscribe(api, other.key, other.secret) == 1
        again = signed_params(other.key, other.secret)
        refused = await api.exchange("userDataStream.subscribe.signature", again)
        assert refused["error"]["code"] == -2035
        assert await api.ask("session.subscriptions") == [
            {"subscriptionId": 0},
            {"subscriptionId": 1},
        ]
        other.place("BUY", "0.5", "49000")
        assert [frame["subscriptionId"] for frame in await api.pushed()] == [1, 1]
        assert await api.ask("userDataStream.unsubscribe", subscriptionId=1) == {}
        assert [frame["event"]["e"] for frame in await api.pushed()] == ["eventStreamTerminated"]
        refused = await api.exchange("userDataStream.unsubscribe", {"subscriptionId": 1})
        assert refused["error"]["code"] == -2036
        other.place("BUY", "0.5", "49000")
        account.place("BUY", "0.5", "49000")
        assert [frame["subscriptionId"] for frame in await api.pushed()] == [0, 0]
        assert await subscribe(api, other.key, other.secret) == 2
        assert await api.ask("userDataStream.unsubscribe") == {}
        ended = await api.pushed()
        assert [frame["subscriptionId"] for frame in ended] == [0, 2]
        assert await api.ask("session.subscriptions") == []


async def test_a_listen_key_is_kept_alive_and_ended_with_its_name_only(
    account: WatchedAccount,
) -> None:
    listen_key = account.listen_key()
    assert account.listen_key() == listen_key
    assert account.call_stream("PUT", listenKey=listen_key).json() == {}
    missing = account.call_stream("PUT")
    assert (missing.status_code, missing.json()["code"]) == (400, -1102)
    assert account.call_stream("DELETE", listenKey=listen_key).json() == {}
    gone = account.call_stream("PUT", listenKey=listen_key)
    assert gone.status_code == 400
    assert gone.json() == {"code": -1125, "msg": "This listenKey does not exist."}
    assert account.listen_key() != listen_key


async def test_listen_keys_over_the_websocket_api(
    quiet_server: ServerProcess, account: WatchedAccount
) -> None:
    async with api_socket(quiet_server.websocket_url) as api:
        started = await api.ask("userDataStream.start", apiKey=account.key)
        assert started == {"listenKey": account.listen_key()}
        both = {"apiKey": account.key, **started}
        assert await api.ask("userDataStream.ping", **both) == {}
        assert await api.ask("userDataStream.stop", **both) == {}
        refused = await api.exchange("userDataStream.ping", both)
        assert (refused["status"], refused["error"]["code"]) == (400, -1125)


async def test_a_listen_key_is_a_stream_like_any_other(
    quiet_server: ServerProcess, account: WatchedAccount
) -> None:
    listen_key = account.listen_key()
    url = quiet_server.websocket_url
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
        account.call_stream("DELETE", listenKey=listen_key)
        (expired,) = await combined.events()
        assert (expired["e"], expired["listenKey"]) == ("listenKeyExpired", listen_key)


async def test_a_revoked_key_ends_what_rests_on_it(account: WatchedAccount) -> None:
    api, stream = await account.listen()
    account.admin.http.delete(f"/admin/keys/{account.key}").raise_for_status()
    assert [event["e"] for event in await api.events()] == ["eventStreamTerminated"]
    assert [event["e"] for event in await stream.events()] == ["listenKeyExpired"]
    account.move("BTC", "1", "deposit")
    assert await account.heard() == []
    assert account.call_stream("POST").status_code == 401
