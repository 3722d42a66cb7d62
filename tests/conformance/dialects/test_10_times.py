"""In what unit times are: card 31."""

from tests.support.dialects.stand import ALICE, RESTING, Stand


async def test_card_31_times_are_the_exchanges_in_the_unit_of_the_venue(stand: Stand) -> None:
    await stand.pass_time(1_234)
    now_ms = stand.clock.now_ms()
    placed = await stand.place(ALICE, RESTING)
    await stand.pass_time(5_678)
    adapter = stand.adapter
    for headers, per_ms in adapter.time_units:
        time = adapter.time_of(await stand.ask(adapter.time(), **headers))
        assert time == stand.clock.now_ms() * per_ms
        query = adapter.query(stand.signer(ALICE), placed.id)
        assert adapter.order_of(await stand.ask(query, **headers)).time == now_ms * per_ms
