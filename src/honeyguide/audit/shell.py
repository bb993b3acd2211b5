"""Who runs a command, as the operating system knows him."""

from __future__ import annotations

import os
import pwd

from honeyguide.audit.act import Actor, at_the_command_line


def at_this_shell() -> Actor:
    """By the id of the process: USER and LOGNAME say what whoever runs the command wants them to."""
    user = os.getuid()
    try:
        return at_the_command_line(pwd.getpwuid(user).pw_name)
    except KeyError:  # a container's user has a number and often no name
        return at_the_command_line(str(user))
