"""What cannot start says why in one line, and leaves alone what runs already."""

import math
import socket
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped]
import pytest
from typer.testing import CliRunner, Result

from hypersim.cli import app
from hypersim.settings import SettingsError, load_settings
from hypersim.storage.connection import ConnectionSettings
from tests.support import server as server_process
from tests.support.clear_line import assert_one_line
from tests.support.postgres import url_of
from tests.support.server import ServerProcess, running_server

BASE = ("--feed", "manual")
Command = Callable[..., Result]


def assert_refuses(pattern: str, *options: str, data_dir: Path | None = None) -> None:
    server = ServerProcess(*options, data_dir=data_dir)
    assert not server.begin().gets_ready()
    assert server.wait() in (1, 2), server.output
    assert_one_line(server.output, pattern)


@pytest.fixture
def here(tmp_path: Path, database: ConnectionSettings, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `hypersim serve …`, which must end by itself, in this process and not one of its own."""
    # Its loggers would outlive it.
    monkeypatch.setattr(import_module("hypersim.cli.serve"), "set_up_logs", lambda _: None)
    environment = {"DATABASE_URL": url_of(database)}

    def run(*options: str) -> Result:
        where = ("--data-dir", str(tmp_path / "data"), "--port", "0")
        ended = CliRunner().invoke(app, ["serve", *where, *options], env=environment)
        assert isinstance(ended.exception, SystemExit), ended.exception
        return ended

    return run


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_a_port_that_is_taken_is_named(taken_port: int) -> None:
    assert_refuses(rf"127\.0\.0\.1:{taken_port}: .*--port", *BASE, "--port", str(taken_port))


def test_a_taken_port_of_a_dialect_is_named(taken_port: int) -> None:
    assert_refuses(rf":{taken_port}: .*--listen", *BASE, "--listen", f"native={taken_port}")


def test_a_second_server_on_a_data_directory_is_refused_and_the_first_goes_on(
    tmp_path: Path,
) -> None:
    data_dir = tmp_path / "data"
    with running_server(*BASE, "--demo", data_dir=data_dir) as first:
        assert_refuses(
            rf"in use by another hypersim \(process {first.process.pid}\)",
            *BASE,
            data_dir=data_dir,
        )
        assert httpx.get(f"{first.url}/v1/ping", trust_env=False).status_code == 200
        assert first.stop() == 0


@pytest.mark.parametrize(
    ("options", "pattern"),
    [
        (("--demo", "--host", "0.0.0.0"), r"--demo .* loopback host, not 0\.0\.0\.0"),
        (("--host", "203.0.113.7"), r"cannot listen on 203\.0\.113\.7"),
        (("--host", "no.such.host.invalid"), r"cannot listen on no\.such\.host\.invalid"),
        (("--feed", "nosuchfeed"), r"nosuchfeed"),
        (("--feed", "ccxt:nosuchexchange"), r"nosuchexchange"),
        (("--feed", "replay:/no/such/file"), r"/no/such/file"),
        (("--fills", "magic"), r"magic"),
        (("--log-level", "loud"), r"loud|log_level"),
        (("--listen", "nosuch=0"), r"nosuch"),
        (("--listen", "native"), r"--listen takes DIALECT=PORT"),
        (("--instruments", "/no/such/file.toml"), r"/no/such/file\.toml"),
        (("--config", "/no/such/file.toml"), r"/no/such/file\.toml"),
        (("--database-url", "mysql://root@localhost/x"), r"begin with postgresql://"),
        (("--database-url", "postgresql://nobody@127.0.0.1:1/x"), r"127\.0\.0\.1:1 cannot be"),
    ],
)
def test_an_option_that_cannot_be_is_named(
    here: Command, options: tuple[str, ...], pattern: str
) -> None:
    base = () if "--feed" in options else BASE
    ended = here(*base, *options)
    assert ended.exit_code == 1, ended.output
    assert_one_line(ended.output, pattern)


@pytest.mark.parametrize("options", [("--nosuch",), ("--port", "http"), ("extra",)])
def test_an_option_that_does_not_parse_ends_with_a_usage_message(
    here: Command, options: tuple[str, ...]
) -> None:
    ended = here(*BASE, *options)
    assert ended.exit_code == 2, ended.output
    assert "Usage:" in ended.output
    assert "Traceback" not in ended.output


@pytest.mark.parametrize(
    "flags",
    [
        {"demo": True, "host": "::"},
        {"matching": "chaos"},
        {"durability": "maybe"},
        {"rate_limits": "sometimes"},
        *({"speed": speed} for speed in (-1.0, math.nan, math.inf)),
        *({"port": port} for port in (-1, 65_536)),
        {"requests_per_minute": 0},
        {"market_update_interval": "soon"},
    ],
    ids=repr,
)
def test_a_setting_that_cannot_be_is_refused(flags: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(flags, environment={})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("entry", ["native", "native=x", "native=70000", "=1x"])
def test_a_port_of_a_dialect_has_a_form(entry: str) -> None:
    with pytest.raises(SettingsError, match="--listen takes DIALECT=PORT"):
        assert load_settings({"listen": (entry,)}, environment={}).ports


def test_a_data_directory_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a directory")
    assert_refuses(r"data directory .* is no directory", *BASE, data_dir=tmp_path / "data")


def test_the_password_of_a_database_stays_out_of_the_process_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server_process, "PROGRAM", server_process.REAL_PROGRAM)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://hypersim:very-secret@127.0.0.1:{silent.getsockname()[1]}/x"
        server = ServerProcess(*BASE, "--database-url", url).begin()
        caller, _ = silent.accept()
        with caller:
            listed = " ".join(psutil.Process(server.process.pid).cmdline())
            assert "--feed manual" in listed
            assert "hypersim:***@127.0.0.1" in listed
            assert "very-secret" not in listed
            server.stop()
    assert "DATABASE_URL, PGPASSWORD and ~/.pgpass keep it" in server.output
    assert "very-secret" not in server.output


def test_the_password_of_a_database_stays_out_of_the_line(here: Command) -> None:
    url = "postgresql://hypersim:very-secret@127.0.0.1:1/x"
    ended = here(*BASE, "--database-url", url)
    assert ended.exit_code == 1
    assert "very-secret" not in ended.output
