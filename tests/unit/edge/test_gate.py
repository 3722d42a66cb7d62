"""What web pages may do: anything that this machine's own page asks, market data for the others."""

import asyncio
from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from hypersim.edge.asgi import Receive, Scope, Send
from hypersim.edge.client import Clients, client_of, networks_of
from hypersim.edge.edge import Edge
from hypersim.edge.gate import CORS_PUBLIC, Gate, forbidden
from hypersim.edge.origins import Origins, host_name
from hypersim.edge.plain import Answer, Handler, Response, send_response
from hypersim.edge.reasons import EdgeReason
from hypersim.edge.router import PathRouter

EVIL = {"Origin": "https://evil.example"}
REBOUND = {"Host": "evil.example:8080"}
PAGE = "https://desk.example:8443"


class App:
    """`/market` is public; what was served is kept."""

    def __init__(self) -> None:
        self.served: list[str] = []

    def is_public(self, method: str, path: str) -> bool:
        return (method, path) == ("GET", "/market")

    def forbidden(self, path: str, problem: str) -> Response:
        return forbidden(f"{path}: {problem}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        self.served.append(scope["path"])
        if scope["type"] == "http":
            await send_response(send, Response(200, client_of(scope).address.encode()))


async def test_a_mounted_app_handles_what_is_below_its_prefix_and_sees_what_was_sent() -> None:
    handled: list[tuple[str, str, object]] = []

    class Handling(App):
        def handler(self, method: str, path: str) -> Handler | None:
            async def handle(scope: Scope, body: bytes) -> Response:
                handled.append((scope["path"], scope["root_path"], scope["raw_path"]))
                return Response(200, body)

            return handle if (method, path) == ("GET", "/v1/time") else None

    gate = Gate(
        PathRouter({}, {"native": Handling()}, App()), Clients(), Origins("127.0.0.1"), Edge()
    )

    def asked(path: str) -> Answer | None:
        return gate.plain(
            {
                "method": "GET",
                "path": path,
                "raw_path": path.encode(),
                "headers": [(b"host", b"localhost")],
                "client": ("127.0.0.1", 5),
            }
        )

    for path in ("/v1/time", "/native/v1", "/native", "/nativ/v1/time"):
        assert asked(path) is None, path
    for _ in range(2):
        answer = asked("/native/v1/time")
        assert answer is not None
        assert (await answer(b"abc")).body == b"abc"
    assert handled == [("/v1/time", "/native", b"/native/v1/time")] * 2


def gate_of(
    app: App,
    *,
    host: str = "127.0.0.1",
    origins: Iterable[str] = (),
    hosts: Iterable[str] = (),
    edge: Edge | None = None,
) -> Gate:
    clients = Clients(networks_of(["127.0.0.1"]))
    return Gate(app, clients, Origins(host, origins, hosts), edge or Edge())


async def ask(
    gate: Gate, path: str, headers: dict[str, str], method: str = "GET"
) -> httpx.Response:
    transport = httpx.ASGITransport(gate)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        return await client.request(method, path, headers=headers)


async def is_let_in(gate: Gate, headers: dict[str, str]) -> bool:
    """Whether a WebSocket's handshake reaches the app."""
    sent: list[Any] = []
    raw = [(name.lower().encode(), text.encode()) for name, text in headers.items()]
    scope = {"type": "websocket", "path": "/", "client": ("127.0.0.1", 1), "headers": raw}
    await gate(scope, asyncio.Future, _keeper(sent))
    assert [message["type"] for message in sent] in ([], ["websocket.close"])
    return not sent


def _keeper(sent: list[Any]) -> Send:
    async def keep(message: Any) -> None:
        sent.append(message)

    return keep


@pytest.mark.parametrize(
    "headers", [EVIL, REBOUND, {**EVIL, **REBOUND}, {"Origin": "null"}, {"Host": "evil.localhost"}]
)
async def test_a_foreign_page_gets_nothing_but_market_data(headers: dict[str, str]) -> None:
    app, edge = App(), Edge()
    gate = gate_of(app, edge=edge)
    for method in ("GET", "POST", "DELETE"):
        response = await ask(gate, "/order", headers, method)
        assert (response.status_code, "--allow-" in response.text) == (403, True)
    assert not await is_let_in(gate, {"Host": "127.0.0.1", **headers})
    assert app.served == []
    assert edge.counts == {EdgeReason.FOREIGN: 4}
    assert (await ask(gate, "/market", headers)).status_code == 200
    assert (await ask(gate, "/market", headers, "POST")).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "127.0.0.1"},
        {"Host": "LOCALHOST:1234"},
        {"Host": "[::1]:8080"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "https://127.0.0.1:8080"},
        {"Origin": "http://[::1]:8080"},
    ],
)
async def test_this_machines_own_pages_and_programs_may_do_everything(
    headers: dict[str, str],
) -> None:
    gate = gate_of(App())
    assert (await ask(gate, "/order", headers, "POST")).status_code == 200
    assert await is_let_in(gate, headers)


async def test_settings_let_other_pages_and_names_in() -> None:
    gate = gate_of(App(), origins=[PAGE], hosts=["exchange.test"])
    answer = await ask(gate, "/order", {"Origin": PAGE, "Host": "exchange.test:80"}, "POST")
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert await is_let_in(gate, {"Origin": PAGE, "Host": "exchange.test"})
    assert not await is_let_in(gate, {"Origin": "https://desk.example"})
    assert not await is_let_in(gate, {"Host": "exchange.tests"})


async def test_other_than_loopback_addresses_have_any_name_unless_some_are_given() -> None:
    anywhere = {"Host": "exchange.example", **EVIL}
    assert (await ask(gate_of(App(), host="0.0.0.0"), "/order", anywhere)).status_code == 200
    strict = gate_of(App(), host="0.0.0.0", hosts=["exchange.example"])
    assert (await ask(strict, "/order", {"Host": "exchange.example"})).status_code == 200
    assert (await ask(strict, "/order", {"Host": "other.example"})).status_code == 403


async def test_questions_of_browsers_are_answered() -> None:
    app = App()
    gate = gate_of(app, origins=[PAGE])
    question = {
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "x-mbx-apikey, content-type",
    }
    answer = await ask(gate, "/market", {**EVIL, **question}, "OPTIONS")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    assert answer.headers["access-control-allow-headers"] == "x-mbx-apikey, content-type"
    assert (await ask(gate, "/market", {}, "OPTIONS")).status_code == 200
    order = {**question, "Access-Control-Request-Method": "POST"}
    assert (await ask(gate, "/order", {**EVIL, **order}, "OPTIONS")).status_code == 403
    answer = await ask(gate, "/order", {"Origin": PAGE, **order}, "OPTIONS")
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert app.served == []


async def test_what_a_proxy_says_reaches_the_app_or_is_refused() -> None:
    gate = gate_of(App())
    answer = await ask(gate, "/order", {"X-Forwarded-For": "192.0.2.7"})
    assert answer.text == "192.0.2.7"
    both = {"X-Forwarded-For": "192.0.2.7", "Forwarded": "for=192.0.2.8"}
    assert (await ask(gate, "/order", both)).status_code == 400
    assert not await is_let_in(gate, both)


def test_a_router_knows_what_is_public_below_it() -> None:
    async def closed(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError(scope, receive, send)

    router = PathRouter({"market": App(), "admin": closed}, {"venue": App()}, closed)
    assert router.is_public("GET", "/market")
    assert router.is_public("GET", "/venue/market")
    assert not router.is_public("GET", "/venue/order")
    assert not router.is_public("GET", "/admin/market")
    assert router.forbidden("/venue/order", "no").body == forbidden("/order: no").body
    assert router.forbidden("/admin/x", "no").body == forbidden("no").body


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("Example:80", "example"),
        ("[::1]:80", "::1"),
        ("[::1]", "::1"),
        ("127.0.0.1 evil.example", None),
        ("localhost@evil.example", "localhost@evil.example"),
        ("localhost:80evil", None),
        ("[::1]evil", None),
        ("", None),
        ("::1", None),
    ],
)
def test_the_name_in_a_host(host: str, name: str | None) -> None:
    assert host_name(host) == name


def test_public_answers_are_for_everybody() -> None:
    assert dict(CORS_PUBLIC)[b"access-control-allow-origin"] == b"*"
