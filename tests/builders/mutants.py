"""Mutants: single textual edits of the code under test; each must make some fault scenario fail, else the scenario has no teeth.

An edit that does not fit at exactly one place raises: a mutant that changed nothing would prove nothing.
"""

from __future__ import annotations

import asyncio
import inspect
import re
import textwrap
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import asyncpg


@dataclass(frozen=True)
class SqlEdit:
    """One edit in one SQL function of the test's own database; `old` is a regular expression, `new` its replacement."""

    function: str
    old: str
    new: str


@dataclass(frozen=True)
class PythonEdit:
    """One edit in one function or method, named `package.module:Class.method`; `names` are what the new text may call."""

    where: str
    old: str
    new: str
    names: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class StatementEdit:
    """One edit in one named statement that a module loaded as its `_SQL`."""

    module: str
    statement: str
    old: str
    new: str


class MutantDoesNotFit(Exception):
    """The text that a mutant changes is not there, or there more than once: the code moved on, the mutant must follow."""


@asynccontextmanager
async def mutated_sql(superuser_url: str, *edits: SqlEdit) -> AsyncIterator[None]:
    """The database with these edits; as it was afterwards."""
    connection = await asyncpg.connect(superuser_url)
    originals: dict[str, str] = {}
    try:
        for edit in edits:
            found = await connection.fetchval("SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = $1", edit.function)
            originals.setdefault(edit.function, found)
            await connection.execute(edited(found, edit.old, edit.new, edit.function))
        yield
    finally:
        for original in originals.values():
            await connection.execute(original)
        await connection.close()


@contextmanager
def mutated_python(*edits: PythonEdit | StatementEdit) -> Iterator[None]:
    """This process with these edits; as it was afterwards."""
    undo: list[tuple[Any, str, Any]] = []
    try:
        for edit in edits:
            if isinstance(edit, StatementEdit):
                owner, name, was, now = _with_statement(edit)
            else:
                owner, name, was = _found(edit.where)
                now = _compiled(was, edit)
            undo.append((owner, name, was))
            setattr(owner, name, now)
        yield
    finally:
        for owner, name, was in reversed(undo):
            setattr(owner, name, was)


def edited(text: str, old: str, new: str, where: str) -> str:
    changed, places = re.subn(old, new, text, flags=re.DOTALL)
    if places != 1 or changed == text:
        raise MutantDoesNotFit(f"{where}: {old!r} fits at {places} places")
    return changed


def _found(where: str) -> tuple[Any, str, Any]:
    module, _, path = where.partition(":")
    owner = import_module(module)
    *classes, name = path.split(".")
    for one in classes:
        owner = getattr(owner, one)
    return owner, name, getattr(owner, name)


def _with_statement(edit: StatementEdit) -> tuple[Any, str, Any, Any]:
    owner = import_module(edit.module)
    statements = owner._SQL
    changed = edited(statements[edit.statement], edit.old, edit.new, f"{edit.module} {edit.statement}")
    return owner, "_SQL", statements, {**statements, edit.statement: changed}


def _compiled(function: Any, edit: PythonEdit) -> Any:
    source = edited(textwrap.dedent(inspect.getsource(function)), edit.old, edit.new, edit.where)
    space = {**function.__globals__, **dict(edit.names)}
    local: dict[str, Any] = {}
    exec(compile(source, f"<mutant of {edit.where}>", "exec"), space, local)  # our own source, with one edit
    return local[function.__name__]


@asynccontextmanager
async def _committed_late(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """A transaction whose COMMIT comes a while after its answers; what becomes of it nobody hears."""
    loop = asyncio.get_running_loop()
    if (earlier := _LATE.get(connection)) is not None:
        await earlier
    await connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        await connection.execute("ROLLBACK")
        raise

    async def commit() -> None:
        await asyncio.sleep(0.15)
        with suppress(Exception):
            await connection.execute("COMMIT")

    _LATE[connection] = loop.create_task(commit())


_LATE: dict[Any, asyncio.Task[None]] = {}

# -- order and locks ---------------------------------------------------------------------------------------------------------------

_STANDING_LOCK = r"PERFORM 1 FROM standing AS s (WHERE [^;]*?)ORDER BY s\.member_id FOR NO KEY UPDATE;"

LOCKS_DROPPED = SqlEdit("till_open", r"ORDER BY s\.member_id FOR NO KEY UPDATE", "")
TABLE_LOCKED = SqlEdit("till_open", _STANDING_LOCK, "LOCK TABLE standing IN ACCESS EXCLUSIVE MODE;")
CLAIMS_UNSORTED = SqlEdit("till_open", r'ORDER BY c\.key COLLATE "C", c\.scope COLLATE "C"', "")
REFERENCES_UNSORTED = SqlEdit(
    "till_open", r'ORDER BY c\.key COLLATE "C", c\.scope COLLATE "C"', "ORDER BY (c.scope NOT LIKE 'reference:%') DESC"
)
# What the trial showed: the statement that waits for the lock sees lots as they were before the wait, all others see them after it.
READ_IN_THE_LOCKING_STATEMENT = (
    SqlEdit(
        "till_open",
        _STANDING_LOCK,
        r"""PERFORM set_config('mutant.lots', coalesce((
                SELECT json_agg(l)::text
                FROM (SELECT s.program_id, s.member_id FROM standing AS s \1ORDER BY s.member_id FOR NO KEY UPDATE) AS locked
                JOIN lot AS l USING (program_id, member_id)), '[]'), true);""",
    ),
    SqlEdit(
        "till_read",
        r"FROM lot AS l(\s+WHERE l\.program_id = p_program AND l\.member_id = ANY \(v_lots_of\))",
        r"FROM json_populate_recordset(NULL::lot, nullif(current_setting('mutant.lots', true), '')::json) AS l\1",
    ),
)

# -- claims ------------------------------------------------------------------------------------------------------------------------

CLAIMS_IGNORED = SqlEdit("till_open", r"IF v_claimed < cardinality\(p_claims\) THEN", "IF false THEN")
CLAIMS_FORGOTTEN_BY_THE_CLOCK = SqlEdit(
    "till_open", r"(WHERE c\.xmin <> pg_current_xact_id\(\)::xid)", r"\1 AND c.claimed_at > p_now - interval '1 hour'"
)
KEYS_OF_ONE_BATCH_IGNORED = PythonEdit("honeyguide.till.batch:_Batch._known_key", r"self\._keys\.get\(claim\)", "None")

# -- writes and commits ------------------------------------------------------------------------------------------------------------

LOT_MOVE_SKIPPED = SqlEdit("till_write", r"INSERT INTO lot_move SELECT [^;]*;", "NULL;")
ANSWER_BEFORE_COMMIT = PythonEdit(
    "honeyguide.till.lane:Lane._posted",
    r"async with connection\.transaction\(\):",
    "async with _committed_late(connection):",
    (("_committed_late", _committed_late),),
)

# -- faults of a lane --------------------------------------------------------------------------------------------------------------

POISON_NOT_HALVED = PythonEdit("honeyguide.till.lane:Lane._answer", r"if len\(batch\) == 1:", "if True:")
QUEUE_UNBOUNDED = PythonEdit("honeyguide.till.lane:Lane.submit", r"len\(self\._queue\) >= self\._queue_bound", "False")
OUTAGE_NOT_RETRIED = PythonEdit("honeyguide.till.lane:Lane._written", r"except _PASSING as error:", "except ZeroDivisionError as error:")
KNOWN_ACCOUNTS_KEPT = PythonEdit("honeyguide.till.lane:Lane._connected", r"self\._known_accounts\.clear\(\)", "pass")

# -- passes ------------------------------------------------------------------------------------------------------------------------

LEASED_FOR_EVER = StatementEdit(
    "honeyguide.wallet.publishing.outbox", "lease_stale_passes", r"leased_until = \$2::timestamptz \+ \$3::interval",
    "leased_until = $2::timestamptz + $3::interval + interval '50 minutes'",
)  # fmt: skip

# No mutant, a fault of the machine: this process's clock is a day ahead.
A_DAY_AHEAD = PythonEdit(
    "honeyguide.worker:run_until_signal", r"work\(settings, stop\)", "work(settings, stop, lambda: utc_now() + timedelta(days=1))"
)

BY_NAME = {name: value for name, value in globals().items() if isinstance(value, PythonEdit | StatementEdit)}
