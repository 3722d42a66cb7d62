"""Listen keys: an hour by the exchange's clock, one per account, gone with the API key."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from msgspec.structs import replace

from hypersim.account.user import ApiKey, Secret
from hypersim.api.streams.accounts import Accounts, AccountWords, Say
from hypersim.api.streams.push import Push
from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.user_data.events import StreamTerminated
from hypersim.dialects.binance.user_data.formats import push_of
from hypersim.dialects.binance.user_data.listen_keys import LIFETIME_MS, ListenKeys
from hypersim.service.faults import Faults
from hypersim.service.simulated_clock import SimulatedClock
from hypersim.service.transaction import Transaction
from hypersim.service.view import View
from tests.support.builders import ALICE, BOB, START_MS
from tests.support.chance import seeded

HALF_MS = LIFETIME_MS // 2


class Listener:
    """Keeps what it heard."""

    def __init__(self, unit: TimeUnit = TimeUnit.MILLISECOND) -> None:
        self.unit = unit
        self.heard: list[dict[str, object]] = []
        self.is_dropped = False

    def tell(self, name: str, push: Push[TimeUnit], say: Say) -> None:
        del name, say
        self.heard.append(msgspec.json.decode(push.frame(self.unit)))

    def cut_off(self) -> None:
        self.is_dropped = True


class Silence(AccountWords[Push[TimeUnit]]):
    """Tells nothing of itself."""

    def tell(self, transaction: Transaction, account_id: int) -> Iterable[Push[TimeUnit]]:
        raise AssertionError((transaction, account_id))

    def symbol_of(self, push: Push[TimeUnit]) -> None:
        raise AssertionError(push)

    event_of = symbol_of


class Desk:
    """Listen keys on a clock that the test drives."""

    def __init__(self) -> None:
        self.clock = SimulatedClock(START_MS, 0)
        self.generation = 0
        self.api_keys = {
            name: ApiKey(name, owner, Secret(name), START_MS)
            for name, owner in (("a", ALICE), ("a2", ALICE), ("b", BOB))
        }
        view = View(shows_users_orders=False)
        view.keys = self.api_keys
        engine = SimpleNamespace(view=view, clock=self.clock)
        services = cast(Any, SimpleNamespace(engine=engine, faults=Faults(seeded()), watch=None))
        self.accounts: Accounts[Push[TimeUnit]] = Accounts(services, Silence(), "listeners")
        self.listen_keys = ListenKeys(self.accounts, self.clock, lambda: self.generation)

    def restart(self) -> None:
        """Another run of the server."""
        self.listen_keys = ListenKeys(self.accounts, self.clock, lambda: self.generation)

    def start(self, name: str = "a") -> str:
        return self.listen_keys.start(self.api_keys[name])

    def is_known(self, listen_key: str, name: str = "a") -> bool:
        """Whether the owner can keep it alive; that does keep it alive."""
        try:
            self.listen_keys.keep(listen_key, self.api_keys[name])
        except BinanceError as error:
            assert (error.code, error.msg) == (-1125, "This listenKey does not exist.")
            return False
        return True

    def hears(self, account_id: int) -> None:
        """Something happens to the account."""
        self.accounts.begin_again()
        for reader in self.accounts.readers():
            if reader.account_id == account_id:
                reader.tell(push_of(lambda stamp: StreamTerminated(time=stamp.now), START_MS))


@pytest.fixture
async def desk() -> Desk:
    return Desk()


async def test_the_same_key_comes_back_while_it_is_valid(desk: Desk) -> None:
    first = desk.start()
    assert len(first) == 64
    await desk.clock.sleep_until(START_MS + HALF_MS)
    assert desk.start() == first == desk.start("a2")
    await desk.clock.sleep_until(START_MS + HALF_MS + LIFETIME_MS - 1)
    assert desk.start() == first
    desk.listen_keys.stop(first, desk.api_keys["a2"])
    assert desk.start() != first


async def test_an_hour_after_the_last_keep_alive_it_ends_and_says_so(desk: Desk) -> None:
    listen_key, other = desk.start(), desk.start("b")
    listener, deaf = Listener(), Listener()
    assert desk.listen_keys.join(listen_key, listener)
    assert desk.listen_keys.join(other, deaf)
    await desk.clock.sleep_until(START_MS + HALF_MS)
    assert desk.is_known(listen_key)
    await desk.clock.sleep_until(START_MS + LIFETIME_MS)
    assert [event["e"] for event in deaf.heard] == ["listenKeyExpired"]
    assert listener.heard == []
    end_ms = START_MS + HALF_MS + LIFETIME_MS
    await desk.clock.sleep_until(end_ms)
    expired = {"e": "listenKeyExpired", "E": end_ms, "listenKey": listen_key}
    assert listener.heard == [expired]
    desk.hears(ALICE)
    assert listener.heard == [expired]
    assert not desk.is_known(listen_key)
    assert not desk.listen_keys.join(listen_key, listener)


async def test_a_key_is_known_to_its_account_only(desk: Desk) -> None:
    listen_key = desk.start()
    assert not desk.is_known(listen_key, "b")
    assert desk.is_known(listen_key, "a2")
    assert not desk.is_known("0" * 64)


async def test_an_event_is_told_in_the_time_unit_of_each_listener(desk: Desk) -> None:
    listen_key = desk.start()
    slow, fast = Listener(), Listener(TimeUnit.MICROSECOND)
    for listener in (slow, fast):
        assert desk.listen_keys.join(listen_key, listener)
    desk.hears(ALICE)
    desk.hears(BOB)
    assert [event["E"] for event in slow.heard] == [START_MS]
    assert [event["E"] for event in fast.heard] == [START_MS * 1_000]


async def test_who_left_hears_nothing_and_nobody_is_written_for(desk: Desk) -> None:
    listen_key = desk.start()
    listener = Listener()
    assert desk.listen_keys.join(listen_key, listener)
    assert ALICE in desk.accounts
    desk.listen_keys.leave(listen_key, listener)
    desk.listen_keys.leave(listen_key, listener)
    assert ALICE not in desk.accounts
    desk.hears(ALICE)
    assert listener.heard == []
    assert desk.is_known(listen_key)


@pytest.mark.parametrize("happens", ["revoked", "reset away", "issued again"])
async def test_a_listen_key_ends_with_any_api_key_that_was_given_it(
    desk: Desk, happens: str
) -> None:
    listen_key = desk.start()
    assert desk.start("a2") == listen_key
    listener = Listener()
    assert desk.listen_keys.join(listen_key, listener)
    key = desk.api_keys["a2"]
    match happens:
        case "revoked":
            desk.api_keys["a2"] = replace(key, revoked_ms=START_MS)
        case "reset away":
            del desk.api_keys["a2"]
        case _:
            # After a reset, names and account ids may be given out again.
            desk.api_keys["a2"] = replace(key)
    desk.hears(ALICE)
    assert [event["e"] for event in listener.heard] == ["listenKeyExpired"]
    assert not desk.is_known(listen_key)
    assert desk.start() != listen_key


async def test_listeners_that_missed_events_are_hung_up_on(desk: Desk) -> None:
    listen_key = desk.start()
    listener = Listener()
    assert desk.listen_keys.join(listen_key, listener)
    desk.accounts.miss()
    assert listener.is_dropped
    assert ALICE not in desk.accounts
    assert desk.is_known(listen_key)


async def test_a_name_given_before_a_restart_is_good_for_an_hour_after_it(desk: Desk) -> None:
    joined, stopped = desk.start(), desk.start("b")
    await desk.clock.sleep_until(START_MS + 1)
    desk.restart()
    listener = Listener()
    assert desk.listen_keys.join(joined, listener)
    desk.hears(ALICE)
    assert len(listener.heard) == 1
    assert desk.start("a2") == joined
    assert desk.is_known(stopped, "b")
    desk.listen_keys.stop(stopped, desk.api_keys["b"])
    assert not desk.is_known(stopped, "b")
    desk.restart()
    await desk.clock.sleep_until(START_MS + 1 + LIFETIME_MS)
    assert not desk.is_known(joined)


async def test_after_a_restart_only_a_name_that_was_given_is_good(desk: Desk) -> None:
    listen_key = desk.start()
    await desk.clock.sleep_until(START_MS + 1)
    desk.restart()
    # As another account's, with another proof, cut, or spelled differently.
    forged = f"{BOB:012x}{listen_key[12:]}"
    changed = f"{listen_key[:-1]}{'0' if listen_key[-1] != '0' else '1'}"
    for name in (forged, changed, listen_key[:-2], listen_key.upper(), "btcusdt@trade"):
        assert not desk.listen_keys.join(name, Listener())
    assert not desk.is_known(listen_key, "b")
    revoked = replace(desk.api_keys["a"], revoked_ms=START_MS)
    desk.api_keys["a"] = revoked
    desk.restart()
    assert not desk.listen_keys.join(listen_key, Listener())


async def test_a_new_name_beside_one_of_before_the_restart_is_good_too(desk: Desk) -> None:
    before = desk.start()
    await desk.clock.sleep_until(START_MS + 1)
    desk.restart()
    after = desk.start()
    assert after != before
    listeners = Listener(), Listener()
    for name, listener in zip((before, after), listeners, strict=True):
        assert desk.listen_keys.join(name, listener)
    desk.hears(ALICE)
    assert [len(listener.heard) for listener in listeners] == [1, 1]
    assert desk.start() == after


async def test_a_name_of_before_a_reset_is_good_no_more_not_even_with_the_very_same_api_key(
    desk: Desk,
) -> None:
    """The demo account's key is the same in every generation."""
    listen_key = desk.start()
    await desk.clock.sleep_until(START_MS + 1)
    desk.generation += 1
    desk.restart()
    assert not desk.listen_keys.join(listen_key, Listener())
    assert not desk.is_known(listen_key)
