"""Whose request it is, behind proxies too, and against whose limits it counts."""

from typing import Any

import pytest

from hypersim.account.user import ApiKey, Secret
from hypersim.edge.client import (
    SHARED_WIDTH,
    UNLIMITED_WIDTH,
    Clients,
    Counted,
    client_of,
    networks_of,
)
from hypersim.edge.forwarded import Contradiction
from hypersim.service.limits import RateLimiter

PROXY, OTHER_PROXY, CLIENT, LIAR = "10.0.0.1", "10.0.0.2", "192.0.2.7", "198.51.100.9"
BEHIND = Clients(networks_of(["10.0.0.0/8", "127.0.0.1"]))

ANNS = ApiKey("ann", 1, Secret("s"), 0)
TIED = ApiKey("tied", 2, Secret("s"), 0, allowed_ips=("192.0.2.0/24",))
REVOKED = ApiKey("revoked", 3, Secret("s"), 0, revoked_ms=1)
KEYS = {key.key: key for key in (ANNS, TIED, REVOKED)}


def scope(peer: str | None, **headers: str) -> dict[str, Any]:
    """`x_forwarded_for=` is the header X-Forwarded-For."""
    named = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return {"client": None if peer is None else (peer, 1), "headers": named}


def address(peer: str, **headers: str) -> str:
    """Whose request that of the peer is."""
    return BEHIND.of(scope(peer, **headers)).address


@pytest.mark.parametrize(
    ("peer", "counted"),
    [
        ("192.0.2.7", Counted("192.0.2.7")),
        ("::ffff:192.0.2.7", Counted("192.0.2.7")),
        ("127.0.0.1", Counted("127.0.0.1", SHARED_WIDTH)),
        ("127.8.9.1", Counted("127.8.9.1", SHARED_WIDTH)),
        ("2001:db8:1:2:3:4:5:6", Counted("2001:db8:1:2::/64")),
        ("2001:db8:1:2::1", Counted("2001:db8:1:2::/64")),
        ("2001:db8:1:3::1", Counted("2001:db8:1:3::/64")),
        (None, Counted("", SHARED_WIDTH)),
    ],
)
def test_an_address_counts_as(peer: str | None, counted: Counted) -> None:
    assert Clients().of(scope(peer)).counted == counted


def test_loopback_of_ipv6_is_shared_too() -> None:
    assert Clients().of(scope("::1")).counted.width == SHARED_WIDTH


def test_an_exempt_network_is_not_limited_by_address_but_by_key() -> None:
    clients = Clients(limit_exempt=networks_of(["172.16.0.0/12"]))
    client = clients.of(scope("172.17.0.1"))
    assert client.counted.width == UNLIMITED_WIDTH
    assert client.counted_by(KEYS, "ann") == Counted((1, "ann"))
    assert clients.of(scope("172.33.0.1")).counted == Counted("172.33.0.1")


def test_on_loopback_a_request_counts_by_its_key() -> None:
    client = Clients().of(scope("127.0.0.1"))
    assert client.counted_by(KEYS, "ann") == Counted((1, "ann"))
    assert client.counted_by(KEYS, None) == client.counted


@pytest.mark.parametrize("name", ["made-up", "revoked", "tied", ""])
def test_a_key_that_may_not_be_used_is_no_way_around_a_limit(name: str) -> None:
    client = Clients().of(scope("127.0.0.1"))
    assert client.counted_by(KEYS, name) == client.counted


def test_elsewhere_the_address_counts_whatever_key_is_named() -> None:
    assert Clients().of(scope(CLIENT)).counted_by(KEYS, "ann") == Counted(CLIENT)


def test_a_key_named_like_an_address_counts_apart_from_it() -> None:
    key = ApiKey(CLIENT, 4, Secret("s"), 0)
    here = Clients().of(scope("127.0.0.1"))
    assert here.counted_by({CLIENT: key}, CLIENT).name != Counted(CLIENT).name


@pytest.mark.parametrize(
    "headers",
    [
        {"x_forwarded_for": CLIENT},
        {"x_forwarded_for": f"{LIAR}, {CLIENT}"},
        {"x_forwarded_for": f"{LIAR}, {CLIENT} , {OTHER_PROXY}"},
        {"x_forwarded_for": f"nonsense, {CLIENT}:4711"},
        {"forwarded": f"for={CLIENT}"},
        {"forwarded": f'For="{CLIENT}:4711";proto=https;by={PROXY}'},
        {"forwarded": f'for={LIAR}, for="{CLIENT}"; by={PROXY}, for={OTHER_PROXY}'},
        {"forwarded": f"for={CLIENT}", "x_forwarded_for": f"{LIAR}, {CLIENT}"},
    ],
)
def test_a_trusted_proxy_says_whom_it_speaks_for(headers: dict[str, str]) -> None:
    assert address(PROXY, **headers) == CLIENT
    assert BEHIND.of(scope(PROXY, **headers)).counted == Counted(CLIENT)


def test_a_proxy_names_addresses_of_ipv6() -> None:
    assert address(PROXY, forwarded='for="[2001:db8::17]:4711"') == "2001:db8::17"
    assert address(PROXY, x_forwarded_for="2001:db8::17") == "2001:db8::17"
    assert address(PROXY, x_forwarded_for="::ffff:192.0.2.7") == CLIENT


@pytest.mark.parametrize("peer", [CLIENT, "127.0.0.2", "2001:db8::1"])
def test_nobody_else_is_believed(peer: str) -> None:
    assert address(peer, x_forwarded_for=LIAR, forwarded=f"for={LIAR}") == peer
    assert Clients().of(scope(peer, x_forwarded_for=LIAR)).address == peer


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x_forwarded_for": ""},
        {"x_forwarded_for": f"{CLIENT}, unknown"},
        {"x_forwarded_for": f"{CLIENT}, 999.0.2.1"},
        {"x_forwarded_for": f"{CLIENT},"},
        {"x_forwarded_for": f"{CLIENT}, 192.0.2.0/24"},
        {"forwarded": "for=unknown"},
        {"forwarded": "for=_hidden"},
        {"forwarded": f"for={CLIENT};for={LIAR}"},
        {"forwarded": f"for={CLIENT}, by={PROXY}"},
        {"forwarded": f'for="{CLIENT}'},
    ],
)
def test_what_cannot_be_read_leaves_the_proxy_as_the_client(headers: dict[str, str]) -> None:
    client = BEHIND.of(scope(PROXY, **headers))
    # It speaks for many, and none of them shuts the others out.
    assert (client.address, client.counted.width) == (PROXY, SHARED_WIDTH)


def test_two_headers_that_name_different_clients_name_none() -> None:
    with pytest.raises(Contradiction):
        address(PROXY, forwarded=f"for={LIAR}", x_forwarded_for=CLIENT)


def test_the_client_is_found_once_and_left_in_the_scope() -> None:
    request = scope(PROXY, x_forwarded_for=CLIENT)
    assert client_of(dict(request)).address == PROXY
    BEHIND.of(request)
    assert client_of({**request, "path": "/below"}).address == CLIENT


def test_the_native_limit_is_as_wide_as_the_client() -> None:
    limiter = RateLimiter(2)
    assert [limiter.take("a", 0) for _ in range(3)] == [0, 0, 60_000]
    assert not any(limiter.take("b", 0, width=SHARED_WIDTH) for _ in range(2 * SHARED_WIDTH))
    assert limiter.take("b", 0, width=SHARED_WIDTH) == 60_000
    assert not any(limiter.take("c", 0, width=UNLIMITED_WIDTH) for _ in range(100))
