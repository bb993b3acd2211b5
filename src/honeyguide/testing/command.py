"""Where the command line finds the simulators."""

from honeyguide.testing.simulators import simulators_command

__all__ = ["simulators_command"]
