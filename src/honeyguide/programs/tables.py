"""Table mapping of the programs slice: structure only, never loaded as objects."""

from tortoise import fields
from tortoise.models import Model


class ProgramTable(Model):
    program_id = fields.UUIDField(primary_key=True)
    code = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "program"
        table_description = "A loyalty program; its rules are the newest program_version."


class ProgramVersionTable(Model):
    program_id = fields.UUIDField(primary_key=True)  # really (program_id, version)
    version = fields.IntField()
    source = fields.TextField()
    applied_by = fields.TextField()
    applied_at = fields.DatetimeField()

    class Meta:
        table = "program_version"
        table_description = "Append-only: each program file as it was applied; a transaction names the version it was decided by."
