"""The command line: each command lives in its slice and is imported when it is called."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

# name -> where the click command is, and its help line, so that listing commands imports none of them
COMMANDS = {
    "serve": ("honeyguide.web:serve_command", "Serve the three GraphQL APIs, the phones' web service and the pages."),
    "worker": ("honeyguide.worker:worker_command", "Publish passes, activate what matures, tidy up."),
    "migrate": ("honeyguide.database.command:migrate_command", "Bring the database to this release's structure."),
    "verify": ("honeyguide.ledger.command:verify_command", "Prove the books: prints every broken row, of which there are none."),
    "audit": ("honeyguide.audit.command:audit_command", "Prove the audit trail, note its heads, write it out."),
    "backup": ("honeyguide.recovery.command:backup_command", "Write the whole database into one file, while it serves."),
    "restore": ("honeyguide.recovery.command:restore_command", "Fill an empty database from such a file."),
    "after-restore": ("honeyguide.recovery.command:after_restore_command", "Once after any restore: phones will be shown everything anew."),
    "pass": ("honeyguide.wallet.checks.command:pass_command", "Check pass styles and finished passes before phones see them."),
    "doctor": ("honeyguide.doctor.command:doctor_command", "Say what is wrong with this installation, and what to do."),
    "secrets": ("honeyguide.rotation.command:secrets_command", "Seal what former secret keys sealed under the newest one."),
    "explain": ("honeyguide.explain.command:explain_command", "Tell one transaction: rules, lots, transfers, what became of it."),
    "export": ("honeyguide.export.command:export_command", "Write out what is held of one member, also of one who has left."),
    "token": ("honeyguide.identity.command:token_command", "Make an access token for trying."),
    "credentials": (
        "honeyguide.wallet.credentials.command:credentials_command",
        "Certificates and accounts that a program brings to Apple and Google.",
    ),
    "provider": ("honeyguide.identity.providers.command:provider_command", "Trust an identity provider of the company's own."),
    "program": ("honeyguide.wallet.checks.program_command:program", "Check or apply a program file."),
    "replay": ("honeyguide.replay.command:replay_command", "Play real purchases through the partner API."),
    "demo": ("honeyguide.demo.command:demo_command", "Server, worker and simulated phones with a year of purchases."),
    "simulators": ("honeyguide.testing.command:simulators_command", "The push service, Google Wallet and phones, simulated."),
    "schema": ("honeyguide.schema_files:schema_command", "Write or check the generated files in schema/."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="honeyguide", prog_name="honeyguide")
def honeyguide() -> None:
    """Honeyguide: points, tiers, cashback and passes on the phone. Settings come from HONEYGUIDE_* variables and DATABASE_URL."""
    from honeyguide.telemetry.logs import write_logs

    wished = os.environ.get("HONEYGUIDE_LOG_FORMAT")
    write_logs("json" if wished == "json" else "console" if wished == "console" else "auto", "warning", "cli")


def main() -> None:
    """Entry point of the script: what an operator can mend is one line on stderr, anything else a traceback."""
    try:
        honeyguide()
    except Exception as error:
        said = _in_words(error)
        if said is None:
            raise
        click.echo(f"honeyguide: {said}", err=True)
        sys.exit(1)


def _in_words(error: Exception) -> str | None:
    """The sentence for trouble that is not a bug; None where a traceback helps more."""
    import asyncpg
    from pydantic import ValidationError

    from honeyguide.api.trusted.operation import OperationsInvalid
    from honeyguide.database.database import DOWN
    from honeyguide.database.postgres_binaries import PostgresFailed
    from honeyguide.database.roles import RolesMissing
    from honeyguide.egress.policy import AllowListInvalid
    from honeyguide.secret_sources import SecretUnreadable
    from honeyguide.telemetry.tracing import TracingMissing
    from honeyguide.wallet.apple.signer import SigningRefused
    from honeyguide.wallet.apple.validator import PassInvalid
    from honeyguide.wallet.faces.template_files import TemplateInvalid
    from honeyguide.wallet.google.account import AccountInvalid

    if isinstance(
        error,
        AllowListInvalid
        | SecretUnreadable
        | RolesMissing
        | PostgresFailed
        | SigningRefused
        | PassInvalid
        | AccountInvalid
        | TemplateInvalid
        | OperationsInvalid
        | TracingMissing,
    ):
        return str(error)
    if isinstance(error, ValidationError) and error.title == "Settings":
        # Never the value: it may be a secret.
        return "; ".join(
            f"setting {'.'.join(map(str, one['loc'])) or 'environment'}: {one['msg']}" for one in error.errors(include_input=False)
        )
    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError | asyncpg.InvalidCatalogNameError):
        return f"the database refuses the connection: {error}"
    if isinstance(error, asyncpg.UndefinedTableError):
        return f"the database lacks a table ({error}); run `honeyguide migrate`"
    if isinstance(error, DOWN) and (isinstance(error, asyncpg.PostgresError | ConnectionError) or "5432" in str(error)):
        return f"the database does not answer ({error}); is it running, and is DATABASE_URL right?"
    return None


if __name__ == "__main__":
    main()
