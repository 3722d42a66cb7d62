"""What bots sent is kept: all of it that is no secret."""

from urllib.parse import urlsplit

import pytest

from tests.support.dialects.stand import ALICE, BOB, RESTING, Stand
from tests.support.dialects.words import Request
from tests.support.memory_exchange import memory_exchange
from tests.support.watched import arm, requests


async def test_a_request_is_told_with_what_became_of_it(stand: Stand) -> None:
    await stand.place(ALICE, RESTING)
    await stand.ask(stand.adapter.time())
    order, time = await requests(stand)
    assert (order["key"], order["user"]) == (ALICE.key, "alice@example.com")
    assert order["method"] == "POST"
    assert order["path"].endswith("/order")
    assert order["parameters"]["symbol"] in ("BTCUSDT", "BTC/USDT")
    assert (order["fault"], order["isWithheld"], order["ms"]) == (None, False, 0)
    assert order["status"] in (200, 201)
    assert (time["key"], time["id"]) == (None, order["id"] + 1)


async def test_no_secret_is_kept(stand: Stand) -> None:
    request = stand.adapter.place(stand.signer(ALICE), RESTING)
    await stand.done(request)
    told = (await stand.exchange.admin.get("/admin/requests")).text
    archive = (await stand.exchange.admin.get("/admin/requests.har")).text
    for text in (told, archive):
        assert ALICE.secret not in text
        assert "signature" not in text.lower()


async def test_a_fault_and_a_refusal_stand_there(stand: Stand) -> None:
    await arm(stand, {"dropAfter": True}, times=1)
    with pytest.raises(ConnectionError):
        await stand.place(ALICE, RESTING)
    await stand.query(ALICE, "999999")
    lost, refused = await requests(stand, key=ALICE.key)
    assert (lost["status"], lost["fault"], lost["isWithheld"]) == (None, "dropAfter", True)
    assert refused["status"] in (400, 404)
    assert refused["code"] in ("-2013", "ORDER_NOT_FOUND")


async def test_what_nothing_serves_stands_there_too(stand: Stand) -> None:
    await stand.ask(Request("GET", stand.adapter.unknown_path + "?a=1"))
    (told,) = await requests(stand)
    assert (told["path"], told["status"]) == (stand.adapter.unknown_path, 404)
    assert told["parameters"] == {"a": "1"}


async def test_a_request_that_says_too_much_is_cut(stand: Stand) -> None:
    query = "&".join(f"p{number}={'x' * 600}" for number in range(10))
    await stand.ask(Request("GET", f"{stand.adapter.unknown_path}?{query}"))
    (told,) = await requests(stand)
    assert [len(text) for text in told["parameters"].values()] == [500] * 7


async def test_a_page_begins_at_an_id_or_a_time(stand: Stand) -> None:
    for _ in range(3):
        await stand.holdings(ALICE)
        await stand.pass_time(1_000)
        await stand.holdings(BOB)
    ids = [one["id"] for one in await requests(stand)]
    assert ids == sorted(ids)
    assert [one["id"] for one in await requests(stand, limit=2)] == ids[-2:]
    from_third = {"from": ids[2], "limit": 2}
    assert [one["id"] for one in await requests(stand, **from_third)] == ids[2:4]
    of_bob = await requests(stand, key=BOB.key)
    assert [one["id"] for one in of_bob] == ids[1::2]
    later = {"from": of_bob[1]["timestamp"]}
    assert [one["id"] for one in await requests(stand, **later)] == ids[3:]


async def test_an_archive_has_what_har_wants(stand: Stand) -> None:
    await stand.place(ALICE, RESTING)
    await stand.holdings(ALICE)
    answer = await stand.exchange.admin.get("/admin/requests.har")
    log = answer.json()["log"]
    assert log["version"] == "1.2"
    assert set(log["creator"]) == {"name", "version"}
    assert len(log["entries"]) == 2
    for entry in log["entries"]:
        assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= set(entry)
        assert set(entry["timings"]) == {"send", "wait", "receive"}
        request, response = entry["request"], entry["response"]
        assert urlsplit(request["url"]).scheme == "http"
        assert all(set(pair) == {"name", "value"} for pair in request["queryString"])
        fields = {"httpVersion", "cookies", "headers", "headersSize", "bodySize"}
        assert fields | {"method", "url", "queryString"} <= set(request)
        assert fields | {"status", "statusText", "content", "redirectURL"} <= set(response)
        assert {"size", "mimeType"} <= set(response["content"])
    posted = log["entries"][0]["request"]["postData"]
    assert {"mimeType", "params", "text"} <= set(posted)


@pytest.mark.parametrize(
    ("query", "said"),
    [({"from": "soon"}, "from must be"), ({"limit": "0"}, "limit"), ({"of": "1"}, "Unknown")],
)
async def test_what_is_wrong_is_said(stand: Stand, query: dict[str, str], said: str) -> None:
    answer = await stand.exchange.admin.get("/admin/requests", params=query)
    assert answer.status_code == 400
    assert said in answer.text


async def test_nobody_is_watched_who_did_not_ask_for_it() -> None:
    async with memory_exchange() as exchange:
        for path in ("requests", "requests.har", "clients", "clients.xml"):
            answer = await exchange.admin.get(f"/admin/{path}")
            assert answer.status_code == 409
            assert "--watch" in answer.text
