"""What dialects share: signatures, strict numbers, sockets, rate limits on the wire."""
