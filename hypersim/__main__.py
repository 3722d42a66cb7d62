"""`python -m hypersim`: the command line."""

from hypersim.cli import main

main()
