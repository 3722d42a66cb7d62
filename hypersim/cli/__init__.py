"""The command line: `hypersim serve` and thin clients of the control API."""
