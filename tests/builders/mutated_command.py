"""`python -m builders.mutated_command MUTANT COMMAND`: one of our commands, in a process with one thing wrong; no mutant = as it is."""

from __future__ import annotations

import sys
from contextlib import ExitStack

from builders import mutants
from honeyguide.cli import main

if __name__ == "__main__":
    name = sys.argv.pop(1)
    with ExitStack() as stack:
        if name:
            stack.enter_context(mutants.mutated_python(mutants.BY_NAME[name]))
        main()
