"""Pass types, issuer ids, certificates and accounts of single programs (X2). Locks nothing that exists."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL

# A pass type or an issuer id is one program's; a credential is for its program's own alone.
TABLES = """
ALTER TABLE wallet_issuer DROP CONSTRAINT wallet_issuer_pkey, ADD PRIMARY KEY (program_id, platform),
  ADD CONSTRAINT wallet_issuer_once UNIQUE (platform, name),
  ADD CONSTRAINT wallet_issuer_platform_known CHECK (platform IN ('apple', 'google')),
  ADD CONSTRAINT wallet_issuer_name_bounded CHECK (length(name) BETWEEN 1 AND 155),
  ADD CONSTRAINT wallet_issuer_team_of_apple CHECK ((platform = 'apple') = (team_id IS NOT NULL));
ALTER TABLE wallet_credential DROP CONSTRAINT wallet_credential_pkey, ADD PRIMARY KEY (program_id, credential_id),
  ADD CONSTRAINT wallet_credential_once UNIQUE (program_id, fingerprint),
  ADD CONSTRAINT wallet_credential_issuer FOREIGN KEY (program_id, platform) REFERENCES wallet_issuer,
  ADD CONSTRAINT wallet_credential_bounded CHECK (length(sealed) <= 20000 AND length(fingerprint) BETWEEN 8 AND 128);
CREATE INDEX wallet_credential_platform ON wallet_credential (program_id, platform);
GRANT SELECT, INSERT, DELETE ON wallet_issuer TO honeyguide_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON wallet_credential TO honeyguide_app;
"""


class Migration(migrations.Migration):
    dependencies = [("honeyguide", "0016_phone_lags")]

    operations = [
        ops.CreateModel(
            name="WalletIssuerTable",
            fields=[
                ("program_id", fields.UUIDField(primary_key=True)),
                ("platform", fields.TextField(description="apple or google", unique=False)),
                ("name", fields.TextField(description="the pass type identifier, or the issuer id", unique=False)),
                ("team_id", fields.TextField(null=True, unique=False)),
            ],
            options={
                "table": "wallet_issuer",
                "app": "honeyguide",
                "pk_attr": "program_id",
                "table_description": "The own pass type or issuer id of a program; others share that of the settings.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="WalletCredentialTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("credential_id", fields.UUIDField(primary_key=True)),
                ("platform", fields.TextField(unique=False)),
                ("fingerprint", fields.TextField(description="SHA-256 of the certificate, or Google's id of the key", unique=False)),
                ("valid_from", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("valid_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("sealed", fields.BinaryField(description="sealed: certificate, key and intermediate, or the service account")),
                ("added_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "wallet_credential",
                "app": "honeyguide",
                "pk_attr": "credential_id",
                "table_description": "What a program signs its passes with, sealed; set at the command line only.",
            },
            bases=["Model"],
        ),
        RunSQL(TABLES),
    ]
