"""Abuse: what is done to Duoyin here must end in a finished right file or in one clear message.

`python -m tests.abuse` does all of it and prints a table, see CONTRIBUTING.md; `docs/benchmarks/abuse.md` holds the
last one that was written down.
"""
