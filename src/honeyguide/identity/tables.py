"""Table mapping of the identity slice: structure only, never loaded as objects."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model


class CredentialTable(Model):
    client_id = fields.TextField()
    program_id = fields.UUIDField(primary_key=True)  # really (client_id)
    audience = fields.TextField()
    subject = fields.TextField(description="partner_id as text for partners, a name for operators")
    secret_hash = fields.TextField(null=True, description="argon2; null where a public key proves who signs in")
    public_key = fields.JSONField(null=True, description="a JWK (RFC 7517), for private_key_jwt")
    scopes = ArrayField("text")
    location = fields.TextField(null=True, description="the only shop it serves; null: all of the partner's")
    name = fields.TextField(description="what people call it")
    created_at = fields.DatetimeField()
    ends_at = fields.DatetimeField(null=True, description="set by a rotation: both work until then")
    announced_at = fields.DatetimeField(null=True, description="by the database's clock: from then on its tokens are refused everywhere")
    used_at = fields.DatetimeField(null=True, description="its last sign-in")
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "credential"
        table_description = "What a partner or operator signs in with; several may stand for one subject, so secrets can rotate."


class IdentityProviderTable(Model):
    program_id = fields.UUIDField(primary_key=True)  # really (program_id, provider_id)
    provider_id = fields.TextField(description="a short code, part of its operators' names")
    audience = fields.TextField(description="member or operator: whose persons sign in there")
    issuer = fields.TextField()
    client_audiences = ArrayField("text", description="values of aud that mean us")
    jwks_url = fields.TextField(null=True, description="null: by the issuer's discovery document")
    algorithms = ArrayField("text")
    options = fields.JSONField(description="identity/providers/provider.py")
    created_at = fields.DatetimeField()
    removed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "identity_provider"
        table_description = "Whose tokens let persons in; set at the command line only."


class SignInIdentityTable(Model):
    program_id = fields.UUIDField(primary_key=True)  # really (program_id, issuer, subject)
    issuer = fields.TextField()
    subject = fields.TextField(description="of an erased person a keyed hash")
    member_id = fields.UUIDField()
    linked_at = fields.DatetimeField()

    class Meta:
        table = "sign_in_identity"
        table_description = "By which subject of which issuer a member signs in. A lookup, as identifier: not distributed by member."


class NonceTable(Model):
    value = fields.BinaryField(primary_key=True, description="a hash of who said it, and what")
    ends_at = fields.DatetimeField(description="when what carried it is refused by its own end")

    class Meta:
        table = "nonce"
        table_description = "What may be said once only, such as the jti of a client's assertion (RFC 7523)."


class OneTimeCodeTable(Model):
    program_id = fields.UUIDField(primary_key=True)  # really (program_id, address_hash)
    address_hash = fields.BinaryField(description="keyed: of a purpose and an e-mail address")
    code_hash = fields.BinaryField(null=True, description="keyed; null: used up")
    made_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    tries = fields.IntField(description="of this code")
    made = fields.IntField(description="codes since counted_from")
    counted_from = fields.DatetimeField()

    class Meta:
        table = "one_time_code"
        table_description = "The live code of an address, known or not: no address stands here, and no code."


class SessionTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField()
    session_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id, session_id)
    generation = fields.IntField(description="of the one refresh token that counts")
    secret_hash = fields.BinaryField(null=True, description="of that token; null: forgotten")
    device = fields.TextField(null=True, description="how the app calls itself")
    created_at = fields.DatetimeField()
    used_at = fields.DatetimeField()
    ends_at = fields.DatetimeField(description="30 days after its last use, 180 after its first")
    revoked_at = fields.DatetimeField(null=True)
    revoked_because = fields.TextField(null=True)
    announced_at = fields.DatetimeField(null=True, description="its end by the database's own clock, which every process polls by")

    class Meta:
        table = "session"
        table_description = "Where a member is signed in, until when, and why no longer."
