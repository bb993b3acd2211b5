"""Table mapping of the identity slice: structure only, never loaded as objects."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model


class CredentialTable(Model):
    client_id = fields.TextField()
    program_id = fields.UUIDField(primary_key=True)  # really (client_id)
    audience = fields.TextField()
    subject = fields.TextField(description="partner_id as text for partners, a name for operators")
    secret_hash = fields.TextField()
    scopes = ArrayField("text")
    created_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "credential"
        table_description = "What a partner or operator signs in with; several may stand for one subject, so secrets can rotate."
