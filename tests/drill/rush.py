"""Tables that are kept from following, and a trader in a hurry: so many batches in the journal that
they do not show."""

import asyncio
import contextlib
import json
import signal
import socket
import time
from collections import Counter
from decimal import Decimal
from urllib.parse import urlsplit

import asyncpg
import psutil  # type: ignore[import-untyped]

from tests.drill.kills import projector
from tests.support.crash import Arena, send_signal
from tests.support.ledger_check import embedded_settings
from tests.support.native_client import AdminClient, NativeClient
from tests.support.postgres import run_sql

BATCHES_MIN = 1_000
"""So many in the journal that the tables do not show are far behind."""

STANDING_MAX_S = 1.2
"""The writer waits for tables that are further behind than a second, so no more would come."""

STOPPED_MAX_S = 30.0

LOOKS_EVERY = 100
"""A look at the journal takes as long as some orders do."""

MONEY = "200000"
ANSWER_MAX_S = 10.0
UNANSWERED = 20
"""So many are under way, and nobody reads what becomes of them, when somebody is killed."""


_UNPROJECTED = "SELECT count(*) FROM journal WHERE last_seq > (SELECT seq FROM checkpoint)"

_TAKE = "UPDATE projection_owner SET epoch = epoch + 1"


class Hold:
    """Keeps the tables where they stand for a while: the projector's process stands still, or where
    a task does its work somebody has locked the table that it moves."""

    def __init__(self, target: Arena) -> None:
        self._processes: list[psutil.Process] = projector(target)
        self._runner = asyncio.Runner()
        self._session: asyncpg.Connection | None = None
        send_signal(signal.SIGSTOP, self._processes)
        if not self._processes:
            self._session = self._runner.run(_locked(target))

    @property
    def is_lock(self) -> bool:
        """Whether it is one, for which whatever comes next would wait."""
        return not self._processes

    def end(self) -> None:
        """Whoever stood still goes on, if it is there any more."""
        send_signal(signal.SIGCONT, self._processes)
        if self._session is not None:
            self._session.terminate()
            self._session = None
            self._runner.run(asyncio.sleep(0))
        self._runner.close()


async def _locked(target: Arena) -> asyncpg.Connection:
    session = await asyncpg.connect(**embedded_settings(target.data_dir).asyncpg_kwargs())
    await session.execute("BEGIN; LOCK TABLE checkpoint IN SHARE MODE")
    return session


def stop_tables(target: Arena) -> None:
    """They follow no more until the next server starts, as if it had begun already: orders are
    taken all the same."""
    asyncio.run(run_sql(embedded_settings(target.data_dir), _TAKE))


class Rush:
    """Orders of an account of its own, one after the other over one connection, so that each is a
    batch; none of them is ever filled."""

    def __init__(self, target: Arena, name: str) -> None:
        self.answered: set[str] = set()
        self.sent: set[str] = set()
        self.batches = 0
        """So many the tables did not show when that was last looked up."""
        self._target = target
        with AdminClient(target.server.url) as admin:
            key, secret = admin.new_user(f"{name}@example.com", USDT=MONEY)
        self._client = NativeClient(target.server.url, key, secret)
        self._host = urlsplit(target.server.url).netloc
        last = Decimal(str(self._client.get("/v1/ticker/BTC/USDT").json()["last"]))
        self._price = str((last * Decimal("0.95")).quantize(Decimal(1)))

    def run(self, within_s: float) -> None:
        """Until there are enough, or the time is over; some are never answered."""
        where = urlsplit(self._client.url)
        end = time.monotonic() + within_s
        with socket.create_connection((where.hostname, where.port), ANSWER_MAX_S) as line:
            while self.batches < BATCHES_MIN and time.monotonic() < end:
                self._order(line, end)
                self.batches = self.unprojected()
            for _ in range(UNANSWERED):
                self._send(line)

    def check(self) -> None:
        """What was answered is there, once, and nothing else but what was not."""
        self._client.http.base_url = self._target.server.url
        orders = self._client.get("/v1/orders").json()
        names = Counter(order["clientOrderId"] for order in orders)
        assert set(names.values()) <= {1}, "an order is there twice"
        assert self.answered <= names.keys(), self.answered - names.keys()
        assert names.keys() <= self.sent
        assert not [order["id"] for order in orders if order["filled"]]
        assert self._client.balance("USDT") == (float(MONEY), 0)

    def close(self) -> None:
        """Hang up."""
        self._client.http.close()

    def _order(self, line: socket.socket, end: float) -> None:
        for _ in range(LOOKS_EVERY):
            self._send(line)
            self._hear(line)
            if time.monotonic() > end:
                return

    def _send(self, line: socket.socket) -> None:
        name = f"rush-{len(self.sent) + 1}"
        order = {"symbol": "BTC/USDT", "side": "buy", "type": "limit", "timeInForce": "IOC"}
        order |= {"amount": "0.001", "price": self._price, "clientOrderId": name}
        body = json.dumps(order).encode()
        head = {"Host": self._host, "Content-Length": str(len(body))}
        head |= self._client.headers("POST", "/v1/order", body)
        lines = "".join(f"{field}: {value}\r\n" for field, value in head.items())
        self.sent.add(name)
        line.sendall(f"POST /v1/order HTTP/1.1\r\n{lines}\r\n".encode() + body)

    def _hear(self, line: socket.socket) -> None:
        answer = _answer(line)
        assert answer.startswith(b"HTTP/1.1 201"), answer
        self.answered.add(json.loads(answer.partition(b"\r\n\r\n")[2])["clientOrderId"])

    def unprojected(self) -> int:
        """How many batches the tables do not show; as many as at the last look while the database
        is away."""
        with contextlib.suppress(OSError, ValueError, asyncpg.PostgresError):
            settings = embedded_settings(self._target.data_dir)
            ((count,),) = asyncio.run(run_sql(settings, _UNPROJECTED))
            return int(count)
        return self.batches


def _answer(line: socket.socket) -> bytes:
    """All of it."""
    found = b""
    while True:
        found += (more := line.recv(65_536))
        assert more, f"hung up: {found!r}"
        head, end, body = found.partition(b"\r\n\r\n")
        if end:
            _, _, rest = head.lower().partition(b"content-length:")
            if len(body) >= int(rest.split(b"\r\n", 1)[0]):
                return found
