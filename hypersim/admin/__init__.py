"""The control API under /admin."""
