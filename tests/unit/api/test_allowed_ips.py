"""Which addresses a key may be restricted to."""

from hypersim.api.accounts.rules import key_problem


def test_an_address_with_a_scope_has_no_blank_in_it() -> None:
    assert key_problem("label", ["read"], ["fe80::1%eth0", "10.0.0.0/8"]) is None
    # The record keeps the addresses with blanks between them.
    assert key_problem("label", ["read"], ["fe80::1%eth0 ::1"]) is not None
