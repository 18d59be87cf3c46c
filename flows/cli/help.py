"""The help of a command in the language of the person.

Every command has its help in English, where its options stand; here it is said, once for all of them: lines, options,
and the words of Typer and Click around them.
"""

from __future__ import annotations

import functools
from typing import Any

import typer

from flows.cli.words import say

LINES = ("help", "short_help", "epilog", "options_metavar", "subcommand_metavar")
"""What a command tells of itself."""


def in_language(command: Any) -> Any:
    """A command of Click's, with its help and that of all commands in it in the language of the person."""
    command.context_class = _Context
    for name in LINES:
        if text := getattr(command, name, None):
            setattr(command, name, say(text))
    for parameter in (*command.params, command.get_help_option(typer.Context(command))):
        parameter.help = say(parameter.help or "")
        title = "Arguments" if parameter.param_type_name == "argument" else "Options"
        parameter.rich_help_panel = say(parameter.rich_help_panel or title)
    for inner in getattr(command, "commands", {}).values():
        in_language(inner).rich_help_panel = say(inner.rich_help_panel or "Commands")
    return command


class _Context(typer.Context):
    """Tells the way a command is used, and what is added to the help of its options, in the language of the person."""

    def make_formatter(self) -> Any:
        from typer import rich_utils  # slow to load, and only for help

        rich_utils.DEFAULT_STRING = say("[default: {}]")
        rich_utils.REQUIRED_LONG_STRING = say("[required]")
        made: Any = super().make_formatter()
        made.write_usage = functools.partial(made.write_usage, prefix=f"{say('Usage:')} ")
        return made
