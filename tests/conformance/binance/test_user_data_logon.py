"""Logged-on sessions of the WebSocket API and what they subscribe to, with every kind of key."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hypersim.account.user import KeyKind
from tests.support.binance_client import now_ms
from tests.support.key_pairs import PrivateKey, ed25519_key, public_pem, rsa_key, sign
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess, running_server
from tests.support.user_data_client import EventSocket, api_socket, subscribe

_emails = (f"logon-{number}@example.com" for number in itertools.count())


@pytest.fixture
async def api(quiet_server: ServerProcess) -> AsyncIterator[EventSocket]:
    async with api_socket(quiet_server.websocket_url) as socket:
        yield socket


class Owner:
    """A user with a key of each kind."""

    def __init__(self, admin: AdminClient) -> None:
        self.email = next(_emails)
        self.admin = admin
        self.key, self.secret = admin.new_user(self.email, USDT="1000")

    def register(self, key: PrivateKey) -> str:
        """The name of the key whose public half is registered."""
        body = {"user": self.email, "publicKey": public_pem(key)}
        name: str = self.admin.post("/admin/keys", body)["apiKey"]
        return name

    def deposit(self) -> None:
        body = {"user": self.email, "asset": "BTC", "amount": "1", "action": "deposit"}
        self.admin.post("/admin/balances", body)


@pytest.fixture
def owner(quiet_admin: AdminClient) -> Owner:
    return Owner(quiet_admin)


def stamped(name: str, key: PrivateKey) -> dict[str, Any]:
    """Parameters of a logon, signed with a private key."""
    params: dict[str, Any] = {"apiKey": name, "timestamp": now_ms()}
    payload = "&".join(f"{field}={value}" for field, value in sorted(params.items()))
    return {**params, "signature": sign(key, payload)}


def kinds(frames: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(frame["subscriptionId"], frame["event"]["e"]) for frame in frames]


DEPOSITED = ["balanceUpdate", "outboundAccountPosition"]


@pytest.mark.parametrize("key", [ed25519_key(), rsa_key()], ids=[KeyKind.ED25519, KeyKind.RSA])
async def test_a_private_key_logs_on_and_hears_of_its_account(
    api: EventSocket, owner: Owner, key: PrivateKey
) -> None:
    name = owner.register(key)
    status = await api.ask("session.logon", **stamped(name, key))
    assert list(status) == [
        "apiKey",
        "authorizedSince",
        "connectedSince",
        "returnRateLimits",
        "serverTime",
        "userDataStream",
    ]
    assert (status["apiKey"], status["userDataStream"]) == (name, False)
    assert await api.ask("userDataStream.subscribe") == {"subscriptionId": 0}
    assert (await api.ask("session.status"))["userDataStream"] is True
    owner.deposit()
    assert kinds(await api.pushed()) == [(0, kind) for kind in DEPOSITED]


async def test_a_logon_signed_by_somebody_else_is_refused(api: EventSocket, owner: Owner) -> None:
    name = owner.register(rsa_key())
    refused = await api.exchange("session.logon", stamped(name, ed25519_key()))
    assert (refused["status"], refused["error"]["code"]) == (400, -1022)
    assert (await api.ask("session.status"))["apiKey"] is None


async def test_without_a_logon_there_is_nothing_to_subscribe_to(
    api: EventSocket, owner: Owner
) -> None:
    for params in (None, {"apiKey": owner.key}):
        refused = await api.exchange("userDataStream.subscribe", params)
        assert refused["status"] == 400
        assert refused["error"]["code"] == -1102
    assert (await api.ask("session.status"))["userDataStream"] is False


async def test_a_logout_ends_the_subscription_of_the_logon_only(
    api: EventSocket, owner: Owner, quiet_admin: AdminClient
) -> None:
    other = Owner(quiet_admin)
    name = owner.register(ed25519_key())
    await api.ask("session.logon", **stamped(name, ed25519_key()))
    assert await api.ask("userDataStream.subscribe") == {"subscriptionId": 0}
    assert await subscribe(api, other.key, other.secret) == 1
    status = await api.ask("session.logout")
    assert (status["apiKey"], status["userDataStream"]) == (None, True)
    assert kinds(await api.pushed()) == [(0, "eventStreamTerminated")]
    for one in (owner, other):
        one.deposit()
    assert kinds(await api.pushed()) == [(1, kind) for kind in DEPOSITED]


async def test_another_logon_ends_the_subscription_of_the_first(
    api: EventSocket, owner: Owner, quiet_admin: AdminClient
) -> None:
    other = Owner(quiet_admin)
    for number, one in enumerate((owner, other)):
        name = one.register(ed25519_key())
        await api.ask("session.logon", **stamped(name, ed25519_key()))
        assert await api.ask("userDataStream.subscribe") == {"subscriptionId": number}
    assert (0, "eventStreamTerminated") in kinds(await api.pushed())
    owner.deposit()
    assert await api.pushed() == []


async def test_the_answer_to_a_subscription_comes_before_its_first_event(
    quiet_server: ServerProcess, owner: Owner
) -> None:
    busy = True

    async def keep_busy() -> None:
        while busy:
            await asyncio.to_thread(owner.deposit)

    working = asyncio.create_task(keep_busy())
    for _ in range(25):
        async with api_socket(quiet_server.websocket_url) as api:
            assert await subscribe(api, owner.key, owner.secret) == 0
            assert api.frames == []
            assert (await api.next_frame())["subscriptionId"] == 0
    busy = False
    await working


async def test_a_reset_ends_every_subscription() -> None:
    with (
        running_server("--feed", "manual", "--demo", "--rate-limits", "off") as server,
        AdminClient(server.url) as admin,
    ):
        owner = Owner(admin)
        async with api_socket(server.websocket_url) as api:
            await subscribe(api, owner.key, owner.secret)
            admin.http.post("/admin/reset").raise_for_status()
            assert kinds(await api.pushed()) == [(0, "eventStreamTerminated")]
