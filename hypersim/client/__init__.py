"""The `hypersim` exchange class for CCXT; imports nothing of the server."""
