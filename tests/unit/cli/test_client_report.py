"""`hypersim client report`: the driving test, for people, for programs and for CI."""

import json
from decimal import Decimal
from pathlib import Path
from xml.etree.ElementTree import parse

from hypersim.service.armed import Asked
from hypersim.service.contents import Sent
from hypersim.trading.rejections import Rejected, Rejection
from tests.unit.cli.conftest import Terminal

PLACE = Asked("binance", "POST /api/v3/order", "POST", "a-key", "BTC/USDT", "bot-1")


def an_order(terminal: Terminal, reason: Rejection) -> None:
    """It was sent, and refused."""
    watch = terminal.server.exchange.services.watch
    assert watch is not None
    sent = Sent("POST", "/api/v3/order", b"", b"", bool)
    request = watch.asked(PLACE, sent, "127.0.0.1")
    watch.outcome(request, Rejected(reason, f"No: <{Decimal(1)}>"))


def test_nobody_came(terminal: Terminal) -> None:
    assert terminal.output("client", "report") == "no client has sent anything yet\n"


def test_who_passes_ends_well(terminal: Terminal) -> None:
    an_order(terminal, Rejection.INSUFFICIENT_BALANCE)
    table = terminal.output("client", "report")
    assert "double_submit" in table
    assert "fail" not in table


def test_who_fails_is_told_in_every_form(terminal: Terminal, tmp_path: Path) -> None:
    an_order(terminal, Rejection.PRICE_OFF_TICK)
    file = tmp_path / "report.xml"
    told = terminal.run("client", "report", "--junit", str(file))
    assert told.exit_code == 1
    assert "price_off_tick" in told.stdout.replace("\n", "").replace(" ", "")
    as_json = terminal.run("client", "report", "--json")
    assert as_json.exit_code == 1
    (client,) = json.loads(as_json.stdout)["clients"]
    verdicts = {rule["rule"]: rule["verdict"] for rule in client["rules"]}
    assert verdicts["breaks_filters"] == "fail"
    (suite,) = parse(file).getroot()
    assert (suite.get("tests"), suite.get("failures")) == (str(len(verdicts)), "1")
    failed = {case.get("name"): case.find("failure") for case in suite}
    assert set(failed) == set(verdicts)
    found = failed["breaks_filters"]
    assert found is not None
    assert found.get("message") == "POST /api/v3/order was refused (price_off_tick): No: <1>"
    assert failed["double_submit"] is None
