"""`hypersim db status` and `settle`: how far a server's tables follow its journal."""

from typing import Any

from hypersim.cli.admin_client import DEFAULT_URL, DataDir, Token, Url, connected
from hypersim.cli.output import AsJson, print_facts, print_json


def status(
    as_json: AsJson = False, url: Url = DEFAULT_URL, token: Token = None, data_dir: DataDir = None
) -> None:
    """How far a running server's tables follow its journal."""
    with connected(url, token, data_dir) as admin:
        answer = admin.get("/admin/record")
    if as_json:
        print_json(answer)
    else:
        print_facts(_facts(answer.body))


def settle(
    as_json: AsJson = False, url: Url = DEFAULT_URL, token: Token = None, data_dir: DataDir = None
) -> None:
    """Return when the tables show all that a running server acknowledged."""
    with connected(url, token, data_dir) as admin:
        answer = admin.post("/admin/record/settle", {})
    if as_json:
        print_json(answer)
    else:
        print(f"the tables show all up to event {answer.body['projectedSeq']}")


def _facts(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        ("journal ends at event", str(body["lastSeq"])),
        ("tables show up to", str(body["projectedSeq"])),
        ("events behind", str(body["eventsBehind"])),
        ("behind for", f"{body['behindMs']} ms"),
        ("projector", f"{body['projector']}, started again {body['restarts']} times"),
        ("stopped", body["stopped"] or "no"),
    ]
