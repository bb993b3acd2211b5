"""Who runs a command, as the operating system knows him."""

from __future__ import annotations

import getpass

from honeyguide.audit.act import Actor, at_the_command_line


def at_this_shell() -> Actor:
    try:
        return at_the_command_line(getpass.getuser())
    except (KeyError, OSError):
        return at_the_command_line("unknown-user")
