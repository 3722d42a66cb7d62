"""The running exchange: one writer that decides, applies, commits, answers and publishes."""
