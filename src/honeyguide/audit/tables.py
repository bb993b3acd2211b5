"""Table mapping of the audit slice: structure only, never loaded as objects."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model


class AuditTable(Model):
    program_id = fields.UUIDField()
    audit_id = fields.UUIDField(primary_key=True, description="of a posting: its transaction's id")  # really (program_id, audit_id)
    at = fields.DatetimeField()
    actor = fields.TextField(description="operator:<subject>, partner:<id>, member:<id>, cli:<user> or system:<job>")
    audience = fields.TextField()
    credential_id = fields.TextField(null=True)
    action = fields.TextField()
    subject_kind = fields.TextField()
    subject = fields.TextField(description="a pseudonym or a code")
    members = ArrayField("uuid", description="all whose data were changed or seen")
    request_id = fields.TextField(null=True)
    approval_id = fields.UUIDField(null=True)
    detail = fields.JSONField(description="codes, ids, dates and whole numbers; nothing personal")

    class Meta:
        table = "audit"
        table_description = "Append-only: one row for each administrative act and each look at personal data."


class AuditLinkTable(Model):
    program_id = fields.UUIDField()
    seq = fields.BigIntField()
    audit_id = fields.UUIDField(primary_key=True)  # really (program_id, seq)
    hash = fields.BinaryField(description="SHA-256 of the hash before it and the row's canonical bytes, see audit/README.md")

    class Meta:
        table = "audit_link"
        table_description = "Append-only: the chain over the trail, in the order in which rows were found committed."


class AuditWaitingTable(Model):
    program_id = fields.UUIDField()
    audit_id = fields.UUIDField(primary_key=True)  # really (program_id, audit_id)

    class Meta:
        table = "audit_waiting"
        table_description = "Rows of the trail that are not in the chain yet."
