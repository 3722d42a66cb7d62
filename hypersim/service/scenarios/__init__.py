"""Scenarios: what happens on an exchange, written down, step by step."""
