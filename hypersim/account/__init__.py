"""Who owns what: users, their API keys and the double-entry ledger. Pure."""
