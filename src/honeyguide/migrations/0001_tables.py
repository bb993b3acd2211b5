"""The tables, as Tortoise sees them; 0002 gives them their real keys. Creates tables only: no locks on existing data."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.data import JSON_DUMPS
from tortoise.fields.db_defaults import SqlDefault
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="AccountTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("account_id", fields.UUIDField(primary_key=True)),
                ("unit", fields.TextField(unique=False)),
                ("kind", fields.TextField(unique=False)),
                ("owner", fields.UUIDField(description="member_id, partner_id, or program_id for the operator's own")),
                ("posted", fields.BigIntField(db_default=0)),
                ("held", fields.BigIntField(db_default=0)),
                ("pending", fields.BigIntField(db_default=0)),
                ("debt", fields.BigIntField(db_default=0)),
                (
                    "lasts_until",
                    fields.DatetimeField(
                        null=True,
                        description="where activity moves the whole balance's date (R29): that date",
                        auto_now=False,
                        auto_now_add=False,
                    ),
                ),
            ],
            options={
                "table": "account",
                "app": "honeyguide",
                "pk_attr": "account_id",
                "table_description": "A balance; accounts of partners and of the system carry the nil member and no running balance.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AppleDeviceTable",
            fields=[
                ("device_id", fields.CharField(primary_key=True, max_length=255)),
                ("push_token", fields.TextField(unique=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "apple_device",
                "app": "honeyguide",
                "pk_attr": "device_id",
                "table_description": "A phone that holds passes.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AppleRegistrationTable",
            fields=[
                ("device_id", fields.TextField(unique=False)),
                ("pass_id", fields.UUIDField(primary_key=True)),
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("pass_type", fields.TextField(unique=False)),
                ("registered_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("pushed_tag", fields.BigIntField(db_default=0)),
                ("pushed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("fetched_tag", fields.BigIntField(db_default=0)),
                ("fetched_version", fields.BigIntField(null=True)),
                ("fetched_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "wanted_tag",
                    fields.BigIntField(
                        description="the tag the phone should hear of, set by publish; due = pushed_tag < wanted_tag", db_default=0
                    ),
                ),
                ("nudged_tag", fields.BigIntField(description="the tag for which a second push was made", db_default=0)),
                (
                    "listed_at",
                    fields.DatetimeField(
                        null=True,
                        description="when it was last listed to this phone: a fetch names no phone, so this tells whose it was",
                        auto_now=False,
                        auto_now_add=False,
                    ),
                ),
                ("attempts", fields.IntField(db_default=0)),
                ("retry_at", fields.DatetimeField(db_default=SqlDefault("'-infinity'"), auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "apple_registration",
                "app": "honeyguide",
                "pk_attr": "pass_id",
                "table_description": "Which phone shows which pass, what it was told and what it fetched.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ClaimTable",
            fields=[
                ("program_id", fields.UUIDField(primary_key=True)),
                ("key", fields.TextField(unique=False)),
                ("scope", fields.TextField(unique=False)),
                ("request_hash", fields.BinaryField(null=True)),
                ("member_id", fields.UUIDField(null=True)),
                ("transaction_id", fields.UUIDField(null=True)),
                (
                    "outcome",
                    fields.JSONField(null=True, description="null where the transaction tells it", encoder=JSON_DUMPS, decoder=loads),
                ),
                ("claimed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "claim",
                "app": "honeyguide",
                "pk_attr": "program_id",
                "table_description": "Idempotency keys and references: who claims first posts. The only table of the post path not distributed by member.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CounterTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField(primary_key=True)),
                ("name", fields.TextField(unique=False)),
                ("period", fields.TextField(unique=False)),
                ("value", fields.BigIntField()),
            ],
            options={
                "table": "counter",
                "app": "honeyguide",
                "pk_attr": "member_id",
                "table_description": "Caps, step carry, daily burns, and qualifying amounts (name qualifying/<metric>, one row a local day).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CredentialTable",
            fields=[
                ("client_id", fields.TextField(unique=False)),
                ("program_id", fields.UUIDField(primary_key=True)),
                ("audience", fields.TextField(unique=False)),
                ("subject", fields.TextField(description="partner_id as text for partners, a name for operators", unique=False)),
                (
                    "secret_hash",
                    fields.TextField(description="argon2; null where a public key proves who signs in", null=True, unique=False),
                ),
                (
                    "public_key",
                    fields.JSONField(null=True, description="a JWK (RFC 7517), for private_key_jwt", encoder=JSON_DUMPS, decoder=loads),
                ),
                ("scopes", ArrayField(element_type="TEXT")),
                ("location", fields.TextField(description="the only shop it serves; null: all of the partner's", null=True, unique=False)),
                ("name", fields.TextField(description="what people call it", unique=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "ends_at",
                    fields.DatetimeField(
                        null=True, description="set by a rotation: both work until then", auto_now=False, auto_now_add=False
                    ),
                ),
                (
                    "announced_at",
                    fields.DatetimeField(
                        null=True,
                        description="by the database's clock: from then on its tokens are refused everywhere",
                        auto_now=False,
                        auto_now_add=False,
                    ),
                ),
                ("used_at", fields.DatetimeField(null=True, description="its last sign-in", auto_now=False, auto_now_add=False)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "credential",
                "app": "honeyguide",
                "pk_attr": "program_id",
                "table_description": "What a partner or operator signs in with; several may stand for one subject, so secrets can rotate.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="DeliveryCountTable",
            fields=[
                ("hour", fields.DatetimeField(primary_key=True, auto_now=False, auto_now_add=False)),
                ("what", fields.TextField(unique=False)),
                ("outcome", fields.TextField(unique=False)),
                ("count", fields.BigIntField()),
            ],
            options={
                "table": "delivery_count",
                "app": "honeyguide",
                "pk_attr": "hour",
                "table_description": "Pushes and patches by outcome, one row an hour, bumped once a worker round.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="GoogleObjectTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("pass_id", fields.UUIDField(primary_key=True)),
                ("object_id", fields.TextField(unique=False)),
                ("saved", fields.BooleanField(db_default=False)),
                ("saved_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("sent_tag", fields.BigIntField(db_default=0)),
                ("sent_version", fields.BigIntField(null=True)),
                ("sent_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("sent_body", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("wanted_tag", fields.BigIntField(description="set by publish; due = sent_tag < wanted_tag", db_default=0)),
                ("attempts", fields.IntField(db_default=0)),
                ("retry_at", fields.DatetimeField(db_default=SqlDefault("'-infinity'"), auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "google_object",
                "app": "honeyguide",
                "pk_attr": "pass_id",
                "table_description": "The loyalty object of a pass at Google, and what was sent last.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="IdentifierTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("kind", fields.TextField(description="number, email, phone, barcode, pass (= Apple serial)", unique=False)),
                ("value", fields.TextField(unique=False)),
                ("member_id", fields.UUIDField(primary_key=True)),
            ],
            options={
                "table": "identifier",
                "app": "honeyguide",
                "pk_attr": "member_id",
                "table_description": "The lookup: everything that names a member. Not distributed by member.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LocationTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("partner_id", fields.UUIDField(primary_key=True)),
                ("code", fields.TextField(unique=False)),
                ("name", fields.TextField(unique=False)),
                ("time_zone", fields.TextField(null=True, unique=False)),
            ],
            options={"table": "location", "app": "honeyguide", "pk_attr": "partner_id", "table_description": "A shop of a partner."},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LotMoveTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("transaction_id", fields.UUIDField(primary_key=True)),
                ("lot_id", fields.UUIDField()),
                ("what", fields.TextField(unique=False)),
                ("amount", fields.BigIntField()),
            ],
            options={
                "table": "lot_move",
                "app": "honeyguide",
                "pk_attr": "transaction_id",
                "table_description": "Append-only: which part of which lot, so of which issuer, a transaction made, burned or ended.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LotTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("lot_id", fields.UUIDField(primary_key=True)),
                ("transaction_id", fields.UUIDField()),
                ("unit", fields.TextField(unique=False)),
                ("issuer", fields.UUIDField()),
                ("earned_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("available_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(null=True, description="null: never", auto_now=False, auto_now_add=False)),
                ("issued", fields.BigIntField()),
                ("pending", fields.BigIntField(db_default=0)),
                ("open", fields.BigIntField(db_default=0)),
                ("held", fields.BigIntField(db_default=0)),
                ("burned", fields.BigIntField(db_default=0)),
                ("expired", fields.BigIntField(db_default=0)),
                ("clawed", fields.BigIntField(db_default=0)),
                ("moved", fields.BigIntField(db_default=0, description="handed to another member")),
                (
                    "rolls",
                    fields.BooleanField(db_default=False, description="its date is the later of expires_at and the account's lasts_until"),
                ),
            ],
            options={
                "table": "lot",
                "app": "honeyguide",
                "pk_attr": "lot_id",
                "table_description": "What one accrual gave in one unit with one expiry date, and what became of it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MemberTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField(primary_key=True)),
                ("member_number", fields.TextField(unique=False)),
                (
                    "locale",
                    fields.TextField(
                        unique=False, description="the language spoken to the member: of the program's few, so it tells nobody apart"
                    ),
                ),
                ("status", fields.TextField(db_default="ACTIVE", unique=False)),
                ("enrolled_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("enrolled_by", fields.UUIDField(null=True, description="the partner, when one enrolled the member")),
                ("merged_into", fields.UUIDField(null=True, description="the member who took over, while status is MERGED")),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "member",
                "app": "honeyguide",
                "pk_attr": "member_id",
                "table_description": "A membership: its number and what became of it; who it is stands in person, balances in account.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="NonceTable",
            fields=[
                ("value", fields.BinaryField(primary_key=True, description="a hash of who said it, and what")),
                (
                    "ends_at",
                    fields.DatetimeField(description="when what carried it is refused by its own end", auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "nonce",
                "app": "honeyguide",
                "pk_attr": "value",
                "table_description": "What may be said once only, such as the jti of a client's assertion (RFC 7523).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PersonTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField(primary_key=True)),
                ("display_name", fields.TextField(null=True, unique=False)),
                ("email", fields.TextField(null=True, unique=False)),
                ("phone", fields.TextField(null=True, unique=False)),
                ("birth_date", fields.BinaryField(null=True, description="sealed: ISO date")),
                ("time_zone", fields.BinaryField(null=True, description="sealed: IANA name; null is the program's")),
                ("quiet_hours", fields.BinaryField(null=True, description="sealed: JSON from, until; null is the program's")),
                ("guardian", fields.BinaryField(null=True, description="sealed: JSON email, confirmed_at")),
            ],
            options={
                "table": "person",
                "app": "honeyguide",
                "pk_attr": "member_id",
                "table_description": "Who a member is: all personal data, and nothing else. What is searched is readable, the rest is sealed by row.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ConsentTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("consent_id", fields.UUIDField(primary_key=True)),
                ("purpose", fields.TextField(unique=False)),
                ("given", fields.BooleanField(description="false: refused or withdrawn")),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("source", fields.TextField(unique=False, description="APP, PAGE, PARTNER:<partner id>, OPERATOR, GUARDIAN")),
                ("text_version", fields.IntField(description="of the words that the person was shown")),
            ],
            options={
                "table": "consent",
                "app": "honeyguide",
                "pk_attr": "consent_id",
                "table_description": "Append-only: each consent given or withdrawn (R57); the newest of a purpose is in force. It holds nothing personal.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ParkedPostTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("parked_id", fields.UUIDField(primary_key=True)),
                ("partner_id", fields.UUIDField()),
                ("location", fields.TextField(null=True, unique=False)),
                ("reference", fields.TextField(unique=False)),
                ("business_date", fields.DateField()),
                ("reason", fields.TextField(unique=False)),
                ("occurred_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("received_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("purchase", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={
                "table": "parked_post",
                "app": "honeyguide",
                "pk_attr": "parked_id",
                "table_description": "Purchases that somebody has to decide on before they are posted.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PartnerTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("partner_id", fields.UUIDField(primary_key=True)),
                ("code", fields.TextField(unique=False)),
                ("name", fields.TextField(unique=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "partner",
                "app": "honeyguide",
                "pk_attr": "partner_id",
                "table_description": "A company that issues or accepts in a program; what it may do stands in the program file.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PassTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("pass_id", fields.UUIDField(primary_key=True)),
                ("style", fields.TextField(unique=False)),
                ("serial", fields.TextField(unique=False)),
                ("barcode", fields.TextField(unique=False)),
                ("state", fields.TextField(db_default="ISSUED", unique=False)),
                ("generation", fields.IntField(db_default=1)),
                (
                    "changed",
                    fields.BigIntField(
                        description="standing.version that the pass should show; the trigger pass_stale_mark sets it in the posting commit"
                    ),
                ),
                ("changed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("shown", fields.BigIntField(description="the version it was last published for; stale = shown < changed", db_default=-1)),
                ("tag", fields.BigIntField(db_default=0)),
                ("modified_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("published_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("body_hash", fields.BinaryField(null=True)),
                ("face", fields.JSONField(null=True, description="what was published last", encoder=JSON_DUMPS, decoder=loads)),
                ("leased_until", fields.DatetimeField(db_default=SqlDefault("'-infinity'"), auto_now=False, auto_now_add=False)),
                ("attempts", fields.IntField(db_default=0)),
                ("issued_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "styled",
                    fields.IntField(
                        description="program version it was published under; a new version marks what is below it", db_default=0
                    ),
                ),
                (
                    "handed_tag",
                    fields.BigIntField(
                        description="lowest tag handed out by the add link lately: what a phone that registers now may hold", db_default=0
                    ),
                ),
                ("handed_at", fields.DatetimeField(db_default=SqlDefault("'-infinity'"), auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "pass",
                "app": "honeyguide",
                "pk_attr": "pass_id",
                "table_description": "A pass of a member; who publishes it takes a lease, never a lock across the network.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PassTagTable",
            fields=[
                ("only", fields.BooleanField(primary_key=True, db_default=True)),
                ("epoch", fields.IntField(db_default=1)),
                ("tag", fields.BigIntField(db_default=0)),
            ],
            options={
                "table": "pass_tag",
                "app": "honeyguide",
                "pk_attr": "only",
                "table_description": "One row: the commit-ordered tag that phones compare; publishing takes the next as its last step.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ProgramTable",
            fields=[
                ("program_id", fields.UUIDField(primary_key=True)),
                ("code", fields.TextField(unique=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "program",
                "app": "honeyguide",
                "pk_attr": "program_id",
                "table_description": "A loyalty program; its rules are the newest program_version.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ProgramVersionTable",
            fields=[
                ("program_id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("source", fields.TextField(unique=False)),
                ("applied_by", fields.TextField(unique=False)),
                ("applied_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "program_version",
                "app": "honeyguide",
                "pk_attr": "program_id",
                "table_description": "Append-only: each program file as it was applied; a transaction names the version it was decided by.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="StandingTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField(primary_key=True)),
                ("version", fields.BigIntField(db_default=0)),
                ("tier", fields.TextField(null=True, unique=False)),
                ("tier_since", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("tier_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "due_at",
                    fields.DatetimeField(
                        null=True,
                        description="no sooner than this something changes by itself: a lot matures or expires, a hold lapses, a tier ends",
                        auto_now=False,
                        auto_now_add=False,
                    ),
                ),
                (
                    "warn_at",
                    fields.DatetimeField(
                        null=True,
                        description="when the member is told that the tier is at risk (R34); null once told",
                        auto_now=False,
                        auto_now_add=False,
                    ),
                ),
                ("changed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "closed_at",
                    fields.DatetimeField(
                        null=True,
                        description="since when these books take no postings, but for what may follow a closing",
                        auto_now=False,
                        auto_now_add=False,
                    ),
                ),
            ],
            options={
                "table": "standing",
                "app": "honeyguide",
                "pk_attr": "member_id",
                "table_description": "One row a member from enrolment on: the lock of the member; its version rises with each change.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TierChangeTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField(primary_key=True)),
                ("version", fields.BigIntField()),
                ("tier", fields.TextField(null=True, unique=False)),
                ("since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("transaction_id", fields.UUIDField()),
            ],
            options={
                "table": "tier_change",
                "app": "honeyguide",
                "pk_attr": "member_id",
                "table_description": "Append-only: each tier a member held, and the transaction that gave it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TransactionTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("transaction_id", fields.UUIDField(primary_key=True)),
                ("version", fields.BigIntField(description="standing.version after it: the member's order of posting")),
                ("kind", fields.TextField(unique=False)),
                ("of_transaction", fields.UUIDField(null=True)),
                ("partner_id", fields.UUIDField(null=True)),
                ("location", fields.TextField(null=True, unique=False)),
                ("reference", fields.TextField(null=True, unique=False)),
                ("business_date", fields.DateField(null=True)),
                ("amount_minor", fields.BigIntField(null=True)),
                ("currency", fields.TextField(null=True, unique=False)),
                ("occurred_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("posted_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("program_version", fields.IntField()),
                ("detail", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={
                "table": "transaction",
                "app": "honeyguide",
                "pk_attr": "transaction_id",
                "table_description": "Append-only: each business event with all it was decided from.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TransferTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("transaction_id", fields.UUIDField(primary_key=True)),
                ("line", fields.SmallIntField()),
                ("unit", fields.TextField(unique=False)),
                ("debit", fields.UUIDField()),
                ("credit", fields.UUIDField()),
                ("amount", fields.BigIntField()),
                ("balance_after", fields.BigIntField(description="posted balance of the member's account")),
            ],
            options={
                "table": "transfer",
                "app": "honeyguide",
                "pk_attr": "transaction_id",
                "table_description": "Append-only: one debit-credit line; it cannot be unbalanced.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ErasureTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("erasure_id", fields.UUIDField(primary_key=True)),
                ("erased_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("erased_by", fields.TextField(unique=False)),
                (
                    "certificate",
                    fields.JSONField(
                        description="what was removed, by kind and number, and the totals before and after",
                        encoder=JSON_DUMPS,
                        decoder=loads,
                    ),
                ),
            ],
            options={
                "table": "erasure",
                "app": "honeyguide",
                "pk_attr": "erasure_id",
                "table_description": "Append-only: the certificate of each erasure (R41); it holds nothing personal.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CardKeyTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField(primary_key=True)),
                ("card_id", fields.TextField(unique=False)),
                ("sealed_key", fields.BinaryField(description="sealed: the key of the rotating code (RFC 6238)")),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "ended_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False, description="renewed: null is the one that counts"),
                ),
            ],
            options={
                "table": "card_key",
                "app": "honeyguide",
                "pk_attr": "member_id",
                "table_description": "The card in a member's app, by a random id that is no member number; and those before it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="UsedCodeTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("card_id", fields.TextField(unique=False)),
                ("step", fields.BigIntField(primary_key=True)),
                ("partner_id", fields.UUIDField()),
                ("location", fields.TextField(null=True, unique=False)),
                ("used_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "used_code",
                "app": "honeyguide",
                "pk_attr": "step",
                "table_description": "Rotating codes that were used up, and by whom: each proves once (R51).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PinTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField(primary_key=True)),
                (
                    "sealed_hash",
                    fields.BinaryField(
                        description="sealed: an argon2 hash, for a few thousand guesses are nothing to who has the hash alone"
                    ),
                ),
                ("set_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("wrong", fields.IntField(db_default=0, description="tries in a row")),
                ("locked_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "pin",
                "app": "honeyguide",
                "pk_attr": "member_id",
                "table_description": "What a member types at a till to prove who he is, and how often somebody was wrong.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="HoldTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                (
                    "hold_id",
                    fields.UUIDField(
                        primary_key=True, description="the transaction that authorised it; its lot moves say which lots it pins"
                    ),
                ),
                ("unit", fields.TextField(unique=False)),
                ("amount", fields.BigIntField()),
                ("captured", fields.BigIntField(db_default=0)),
                ("state", fields.TextField(db_default="OPEN", unique=False)),
                ("partner_id", fields.UUIDField()),
                ("location", fields.TextField(null=True, unique=False)),
                ("proof", fields.TextField(unique=False)),
                ("authorised_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("settled_by", fields.UUIDField(null=True, description="the transaction that captured, voided or lapsed it")),
                (
                    "counter_name",
                    fields.TextField(null=True, unique=False, description="the counter it uses up; what is not captured goes back to it"),
                ),
                ("counter_period", fields.TextField(null=True, unique=False)),
                (
                    "approval",
                    fields.TextField(
                        null=True, unique=False, description="WAITING: the member must approve it before it is captured; APPROVED: did so"
                    ),
                ),
            ],
            options={
                "table": "hold",
                "app": "honeyguide",
                "pk_attr": "hold_id",
                "table_description": "A redemption authorised and not yet taken: it pins lots until it is captured, voided, or its time is over.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="HouseholdTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("household_id", fields.UUIDField(primary_key=True, description="also the member_id of the pool's books")),
                ("owner_id", fields.UUIDField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "household",
                "app": "honeyguide",
                "pk_attr": "household_id",
                "table_description": "Members who earn into one pool; its books are kept under its own id.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="HouseholdMemberTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField(primary_key=True)),
                ("household_id", fields.UUIDField()),
                ("may_burn", fields.BooleanField(db_default=False)),
                ("joined_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "since_version",
                    fields.BigIntField(description="the member's standing when joining: what is earned later goes to the pool"),
                ),
            ],
            options={
                "table": "household_member",
                "app": "honeyguide",
                "pk_attr": "member_id",
                "table_description": "The household that a member belongs to now; who left is in the books.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MergeTable",
            fields=[
                ("program_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("merge_id", fields.UUIDField(primary_key=True)),
                ("target_id", fields.UUIDField()),
                ("merged_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("merged_by", fields.TextField(unique=False)),
                ("unmerged_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("unmerged_by", fields.TextField(null=True, unique=False)),
                (
                    "detail",
                    fields.JSONField(
                        description="what an unmerge gives back: identifiers, tiers, lots handed over", encoder=JSON_DUMPS, decoder=loads
                    ),
                ),
            ],
            options={
                "table": "merge",
                "app": "honeyguide",
                "pk_attr": "merge_id",
                "table_description": "A member taken over by another (R40), and whether that was taken back.",
            },
            bases=["Model"],
        ),
    ]
