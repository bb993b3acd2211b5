"""What must not be left: canaries looked for in every column of every table, and in every line that was logged."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from asyncpg import Pool


async def found_in(pool: Pool, canary: str) -> list[str]:
    """The columns of the whole schema in whose text the canary stands, in any case, plain or as bytes."""
    columns = await pool.fetch(
        "SELECT quote_ident(c.relname), quote_ident(a.attname) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped"
    )
    return [
        f"{table}.{column}"
        for table, column in columns
        if await pool.fetchval(
            f"SELECT EXISTS (SELECT 1 FROM {table} WHERE strpos(lower({column}::text), lower($1)) > 0"
            f" OR strpos(lower({column}::text), encode(convert_to($1, 'UTF8'), 'hex')) > 0)",
            canary,
        )
    ]


class Lines(logging.Handler):
    """Every line of every logger at DEBUG, with tracebacks, as a file would have it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def with_any(self, canaries: tuple[str, ...]) -> list[str]:
        return [line[:300] for line in self.lines if any(canary.lower() in line.lower() for canary in canaries)]


@contextmanager
def everything_logged() -> Iterator[Lines]:
    """All loggers that exist write at DEBUG, whatever they were set to."""
    root, lines = logging.getLogger(), Lines()
    loggers = [root, *(one for one in root.manager.loggerDict.values() if isinstance(one, logging.Logger))]
    before = [(one, one.level, one.disabled) for one in loggers]
    for one in loggers:
        # The test's own HTTP client is no part of the server: it logs the addresses that the test asks for.
        quiet = one.name.split(".")[0] in ("httpx", "httpcore", "aiosmtpd", "mail", "aiosmtplib", "faker", "hypothesis")
        one.setLevel(logging.WARNING if quiet else logging.DEBUG)
        one.disabled = False
    root.addHandler(lines)
    try:
        yield lines
    finally:
        root.removeHandler(lines)
        for one, level, disabled in before:
            one.setLevel(level)
            one.disabled = disabled
