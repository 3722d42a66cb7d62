"""An address opens so many accounts in an hour, and no more."""

import httpx
import pytest

from hypersim.dialects.native.app import build
from hypersim.edge.client import SHARED_WIDTH, UNLIMITED_WIDTH
from hypersim.edge.reasons import EdgeReason
from hypersim.service.registrations import HOUR_MS, Registrations
from tests.support.memory_exchange import memory_exchange

HOUR_S = HOUR_MS // 1_000
LIMIT = 2
HOME, AWAY = "192.0.2.1", "192.0.2.2"


class Clock:
    """The wall's time, which a test sets."""

    now_s = 5.0 * HOUR_S

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registrations(clock: Clock) -> Registrations:
    return Registrations(LIMIT, clock)


def test_who_had_his_waits_for_the_hour_to_end(registrations: Registrations, clock: Clock) -> None:
    clock.now_s += 600
    waits = [registrations.take(HOME, 1) for _ in range(LIMIT + 2)]
    assert waits == [0, 0, HOUR_S - 600, HOUR_S - 600]
    assert registrations.take(AWAY, 1) == 0
    clock.now_s += HOUR_S - 600
    assert registrations.take(HOME, 1) == 0


def test_an_address_that_many_share_may_open_more(registrations: Registrations) -> None:
    shared = [registrations.take("127.0.0.1", SHARED_WIDTH) for _ in range(LIMIT * SHARED_WIDTH)]
    assert not any(shared)
    assert registrations.take("127.0.0.1", SHARED_WIDTH)
    assert not any(registrations.take("exempt", UNLIMITED_WIDTH) for _ in range(100))


async def test_the_native_api_says_when_to_come_back(registrations: Registrations) -> None:
    async with memory_exchange() as exchange:
        services = exchange.services._replace(registrations=registrations)
        statuses = [await register(build(services).app, f"u{n}@x.org") for n in range(LIMIT + 1)]
        assert [one.status_code for one in statuses] == [201, 201, 429]
        error = statuses[-1].json()["error"]
        assert error["code"] == "RATE_LIMIT_EXCEEDED"
        assert "Too many accounts were opened from your address" in error["message"]
        assert int(statuses[-1].headers["Retry-After"]) == HOUR_S
        assert services.edge.counts[EdgeReason.REGISTRATIONS] == 1
        assert len(exchange.engine.view.users) == LIMIT
        # Who lives elsewhere, or is opened an account by the admin, is not counted with him.
        assert (await register(build(services).app, "u@y.org", AWAY)).status_code == 201
        opened = await exchange.admin.post("/admin/users", json={"email": "u@z.org"})
        assert opened.status_code == 201


async def register(app: object, email: str, address: str = HOME) -> httpx.Response:
    transport = httpx.ASGITransport(app, client=(address, 5))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        return await client.post("/v1/register", json={"email": email, "password": "long enough"})
