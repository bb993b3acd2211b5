"""Identity providers and the sign-ins they vouch for. Locks nothing that exists."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL

TABLES = """
ALTER TABLE identity_provider DROP CONSTRAINT identity_provider_pkey, ADD PRIMARY KEY (program_id, provider_id),
  ADD CONSTRAINT identity_provider_audience_known CHECK (audience IN ('member', 'operator')),
  ADD CONSTRAINT identity_provider_is_asymmetric CHECK (cardinality(algorithms) > 0 AND algorithms <@
    ARRAY['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']),
  ADD CONSTRAINT identity_provider_is_for_somebody CHECK (cardinality(client_audiences) > 0);
ALTER TABLE sign_in_identity DROP CONSTRAINT sign_in_identity_pkey, ADD PRIMARY KEY (program_id, issuer, subject),
  ADD CONSTRAINT sign_in_identity_bounded CHECK (length(subject) BETWEEN 1 AND 255 AND length(issuer) BETWEEN 1 AND 255);
-- One subject of an issuer for each member; also what an erasure looks for.
CREATE UNIQUE INDEX sign_in_identity_member ON sign_in_identity (program_id, member_id, issuer);
GRANT SELECT, INSERT, UPDATE ON identity_provider, sign_in_identity TO honeyguide_app;
"""


class Migration(migrations.Migration):
    dependencies = [("honeyguide", "0008_audit_trail")]

    operations = [
        ops.CreateModel(
            name="IdentityProviderTable",
            fields=[
                ("program_id", fields.UUIDField(primary_key=True)),
                ("provider_id", fields.TextField(description="a short code, part of its operators' names", unique=False)),
                ("audience", fields.TextField(description="member or operator: whose persons sign in there", unique=False)),
                ("issuer", fields.TextField(unique=False)),
                ("client_audiences", ArrayField(element_type="text", description="values of aud that mean us")),
                ("jwks_url", fields.TextField(description="null: by the issuer's discovery document", null=True, unique=False)),
                ("algorithms", ArrayField(element_type="text")),
                ("options", fields.JSONField(description="identity/providers/provider.py", encoder=JSON_DUMPS, decoder=loads)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("removed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "identity_provider",
                "app": "honeyguide",
                "pk_attr": "program_id",
                "table_description": "Whose tokens let persons in; set at the command line only.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SignInIdentityTable",
            fields=[
                ("program_id", fields.UUIDField(primary_key=True)),
                ("issuer", fields.TextField(unique=False)),
                ("subject", fields.TextField(description="of an erased person a keyed hash", unique=False)),
                ("member_id", fields.UUIDField()),
                ("linked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "sign_in_identity",
                "app": "honeyguide",
                "pk_attr": "program_id",
                "table_description": "By which subject of which issuer a member signs in. A lookup, as identifier: not distributed by member.",
            },
            bases=["Model"],
        ),
        RunSQL(TABLES),
    ]
