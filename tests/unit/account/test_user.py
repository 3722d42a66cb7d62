"""Secrets stay secret, and keys know from where they may be used."""

import io
from decimal import Decimal

import msgspec
import pytest
from rich.console import Console
from rich.pretty import Pretty

from hypersim.account.user import ApiKey, FeeRates, Secret, User

SECRET = Secret("correct horse battery staple")


def key(*allowed_ips: str) -> ApiKey:
    return ApiKey("key", 1, SECRET, 0, passphrase=SECRET, allowed_ips=allowed_ips)


def rich_text(value: object) -> str:
    page = io.StringIO()
    Console(file=page, width=200).print(Pretty(value))
    return page.getvalue()


@pytest.mark.parametrize("owner", [SECRET, key(), User(1, "a@b.c", 0, password_hash=SECRET)])
def test_no_way_of_printing_shows_a_secret(owner: object) -> None:
    shown = (repr(owner), str(owner), f"{owner}", f"{owner!r}", rich_text(owner))
    assert not [text for text in shown if "horse" in text]


def test_a_secret_can_be_recorded_and_compared() -> None:
    assert msgspec.json.decode(msgspec.json.encode(SECRET), type=Secret) == SECRET
    assert Secret("other") != SECRET


@pytest.mark.parametrize(
    ("allowed", "address", "is_allowed"),
    [
        ((), "203.0.113.9", True),
        ((), "whatever", True),
        (("203.0.113.9",), "203.0.113.9", True),
        (("203.0.113.9",), "203.0.113.10", False),
        (("203.0.113.9", "198.51.100.0/24"), "198.51.100.255", True),
        (("198.51.100.0/24",), "198.51.101.0", False),
        (("198.51.100.7/24",), "198.51.100.9", True),
        (("203.0.113.9",), "::ffff:203.0.113.9", True),
        (("203.0.113.9",), "::ffff:203.0.113.10", False),
        (("2001:db8::/32",), "2001:db8::1", True),
        (("2001:db8::/32",), "2001:db9::1", False),
        (("2001:db8::/32",), "203.0.113.9", False),
        (("203.0.113.9",), "", False),
        (("203.0.113.9",), "203.0.113.9 ", False),
        (("203.0.113.9",), "203.0.113.009", False),
        (("203.0.113.9",), "localhost", False),
    ],
)
def test_a_key_is_for_its_addresses_only(
    allowed: tuple[str, ...], address: str, is_allowed: bool
) -> None:
    assert key(*allowed).allows_address(address) == is_allowed


@pytest.mark.parametrize("rate", ["-0.001", "1", "2", "NaN", "Infinity"])
def test_a_fee_rate_is_a_share(rate: str) -> None:
    with pytest.raises(ValueError, match="must be from 0 up to 1"):
        FeeRates(maker=Decimal(0), taker=Decimal(rate))
    with pytest.raises(ValueError, match="must be from 0 up to 1"):
        FeeRates(maker=Decimal(rate), taker=Decimal(0))
