"""The driving test for bots: what each client sent, what it was told, and what it did wrong."""
