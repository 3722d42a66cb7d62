"""A database URL is read as libpq would, and its password is never shown."""

import pytest
from rich.pretty import pretty_repr

from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.engine_url import sqlalchemy_url

SECRET = "p@ss/w:rd #1"
ENCODED = "p%40ss%2Fw%3Ard%20%231"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_user_and_password_are_percent_decoded(scheme: str) -> None:
    settings = ConnectionSettings.from_url(f"{scheme}://al%40ice:{ENCODED}@db.example:6432/trade")
    assert settings.asyncpg_kwargs() == {
        "host": "db.example",
        "port": 6432,
        "user": "al@ice",
        "database": "trade",
        "password": SECRET,
    }


def test_sqlalchemy_gets_the_same_server() -> None:
    url = ConnectionSettings.from_url(f"postgres://u:{ENCODED}@h:1/d?sslmode=require")
    made = sqlalchemy_url(url)
    assert made.drivername == "postgresql+asyncpg"
    assert (made.username, made.password, made.host, made.port) == ("u", SECRET, "h", 1)
    assert (made.database, dict(made.query)) == ("d", {"ssl": "require"})
    assert url.asyncpg_kwargs()["ssl"] == "require"


@pytest.mark.parametrize(
    "url",
    ["postgresql://u@/d?host=/run/My Dir&port=5433", "postgresql://u@%2Frun%2FMy%20Dir:5433/d"],
)
def test_a_socket_directory_is_a_host(url: str) -> None:
    settings = ConnectionSettings.from_url(url)
    assert (settings.host, settings.port) == ("/run/My Dir", 5433)
    made = sqlalchemy_url(settings)
    assert made.host is None
    assert dict(made.query) == {"host": "/run/My Dir", "port": "5433"}


def test_what_is_left_out_has_the_defaults_of_libpq() -> None:
    settings = ConnectionSettings.from_url("postgresql://alice@")
    assert settings == ConnectionSettings("localhost", 5432, "alice", "alice")
    assert ConnectionSettings.from_url("postgres://u@[::1]:7/d").host == "::1"
    assert ConnectionSettings.from_url("postgres:///d").user


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("mysql://u:hidden@h/d", "does not begin with postgresql://"),
        ("hidden", "does not begin with postgresql://"),
        ("", "does not begin with postgresql://"),
        ("postgres://u:hidden@h:none/d", "port"),
        ("postgres://u:hidden/1@h/d", "port"),
        ("postgres://u:hidden#1@h/d", "cannot be read"),
        ("postgres://u:hidden@[h/d", "cannot be read"),
        ("postgres://u:hidden@h:0/d", "port"),
        ("postgres://u:hidden@a,b/d", "several hosts"),
        ("postgres://u:hidden@h/d?sslmode=hidden", "sslmode"),
        ("postgres://u:hidden@h/d?options=-c", "'options'"),
    ],
)
def test_a_bad_url_is_refused_without_being_repeated(url: str, problem: str) -> None:
    with pytest.raises(DatabaseUnavailable) as caught:
        ConnectionSettings.from_url(url)
    assert problem in str(caught.value)
    assert "hidden" not in str(caught.value)
    assert caught.value.__context__ is None


def test_the_password_is_not_shown() -> None:
    settings = ConnectionSettings.from_url(f"postgres://u:{ENCODED}@h/d")
    for shown in (repr(settings), str(settings), f"{[settings]}", pretty_repr(settings)):
        assert SECRET not in shown
        assert "***" in shown
    assert SECRET not in str(sqlalchemy_url(settings))
