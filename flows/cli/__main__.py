"""`python -m flows.cli` is the `duoyin` command."""

from flows.cli.app import main

main()
