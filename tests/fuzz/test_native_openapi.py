"""The native API, asked whatever its own OpenAPI document allows and forbids: no request breaks
it, and every answer is one that the document describes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.ledger_check import assert_record_adds_up, embedded_settings
from tests.support.native_client import AdminClient, NativeClient
from tests.support.server import ServerProcess, running_server

ROOT = Path(__file__).parents[2]
SEED = "20261120"
PATIENCE_S = "60"
FEW, MANY = 2, 400
SYMBOLS = ["BTC/USDT", "BTC-USDT", "BTCUSDT", "ETH/USDT"]
ORDER_FORMS: list[dict[str, Any]] = [
    {"type": "limit", "fields": "amount price"},
    {"type": "limit", "fields": "amount price clientOrderId"},
    {"type": "limit", "fields": "amount price postOnly timeInForce"},
    {"type": "limit", "fields": "amount price expiresAt", "timeInForce": "GTD"},
    {"type": "market", "fields": "amount"},
    {"type": "market", "fields": "cost clientOrderId"},
]
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)

budgets = pytest.mark.parametrize(
    "examples",
    [FEW, pytest.param(MANY, marks=[pytest.mark.slow, pytest.mark.timeout(1_200)])],
)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "data"


@pytest.fixture(scope="module")
def server(data_dir: Path) -> Iterator[ServerProcess]:
    options = ("--feed", "manual", "--demo", "--rate-limits", "off")
    with running_server(*options, data_dir=data_dir) as running:
        with AdminClient(running.url) as admin:
            admin.set_price("50000")
            admin.set_price("3000", "ETH/USDT")
        yield running


def run_schemathesis(
    server: ServerProcess,
    document: dict[str, Any],
    directory: Path,
    *options: str,
    phases: str = "examples,coverage,fuzzing",
) -> None:
    location = directory / "openapi.json"
    location.write_text(json.dumps(document))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", str(location)),
            *("--url", server.url, "--seed", SEED, "--generation-deterministic"),
            *("--continue-on-failure", "--no-color", "--request-timeout", PATIENCE_S),
            *("--phases", phases, "--suppress-health-check", "all"),
            *options,
        ],
        cwd=directory,
        env=dict(os.environ, SCHEMATHESIS_HOOKS="tests.fuzz.signing", PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in server.output, server.output


def document_of(server: ServerProcess) -> dict[str, Any]:
    response = httpx.get(f"{server.url}/schema/openapi.json", trust_env=False)
    assert response.status_code == 200
    document: dict[str, Any] = response.json()
    return document


@budgets
def test_no_request_breaks_the_api_or_gets_an_answer_that_is_not_documented(
    server: ServerProcess, tmp_path: Path, data_dir: Path, examples: int
) -> None:
    checks = ",".join((*CHECKS, "negative_data_rejection"))
    run_schemathesis(server, document_of(server), tmp_path, "--checks", checks, "-n", str(examples))
    assert_record_adds_up(embedded_settings(data_dir))


@budgets
def test_requests_that_make_sense_break_nothing_either(
    server: ServerProcess, tmp_path: Path, data_dir: Path, examples: int
) -> None:
    """Random text is no symbol and no order: here, they are real ones."""
    with NativeClient(server.url) as client:
        orders = [client.order("buy", "0.01", price).json()["id"] for price in ("48000", "51000")]
    document = document_of(server)
    narrow(document, orders)
    run_schemathesis(
        server,
        document,
        tmp_path,
        *("--checks", ",".join(CHECKS), "-n", str(examples), "--mode", "positive"),
        # Boundaries of values that are chosen from a list: those of the free ones do for now.
        **({"phases": "fuzzing"} if examples == FEW else {}),
    )
    with NativeClient(server.url) as client:
        assert len(client.get("/v1/orders").json()) > len(orders)
    assert_record_adds_up(embedded_settings(data_dir))


def narrow(document: dict[str, Any], orders: list[str]) -> None:
    """Leave only values that exist."""
    known = {
        "symbol": {"type": "string", "enum": SYMBOLS},
        "order_id": {"type": "string", "enum": orders},
        "orderId": {"type": "string", "enum": orders},
        "currency": {"type": "string", "enum": ["BTC", "USDT"]},
        "amount": {"enum": ["0.001", "0.01", 0.002, "0.0000001", "1"]},
        "price": {"enum": ["49000", "50000", 51000.5, "3000", "0.001"]},
        "cost": {"enum": ["20", 500, "0.5", "100000"]},
    }
    operations = [part for path in document["paths"].values() for part in path.values()]
    for operation in operations:
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = known.get(parameter["name"], parameter["schema"])
        if "requestBody" in operation:
            content = operation["requestBody"]["content"]["application/json"]
            properties = content["schema"]["properties"]
            properties |= {key: known[key] for key in known.keys() & properties}
    order = document["paths"]["/v1/order"]["post"]["requestBody"]["content"]["application/json"]
    order["schema"] = {"anyOf": [form_of(order["schema"], **form) for form in ORDER_FORMS]}


def form_of(schema: dict[str, Any], *, fields: str, **fixed: str) -> dict[str, Any]:
    """An order of one kind: these fields, all of them, and nothing else."""
    properties = {key: schema["properties"][key] for key in ("symbol", "side", *fields.split())}
    properties |= {key: {"const": value} for key, value in fixed.items()}
    return {**schema, "properties": properties, "required": list(properties)}
