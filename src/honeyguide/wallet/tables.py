"""Table mapping of the wallet slice: structure only, never loaded as objects."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.db_defaults import SqlDefault
from tortoise.models import Model

LONG_AGO = SqlDefault("'-infinity'")


class PassTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField()
    pass_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id, pass_id)
    style = fields.TextField()
    serial = fields.TextField()
    barcode = fields.TextField()
    state = fields.TextField(db_default="ISSUED")
    generation = fields.IntField(db_default=1)
    changed = fields.BigIntField(
        description="standing.version that the pass should show; the trigger pass_stale_mark sets it in the posting commit"
    )
    changed_at = fields.DatetimeField()
    shown = fields.BigIntField(db_default=-1, description="the version it was last published for; stale = shown < changed")
    tag = fields.BigIntField(db_default=0)
    modified_at = fields.DatetimeField()
    published_at = fields.DatetimeField(null=True)
    body_hash = fields.BinaryField(null=True)
    face = fields.JSONField(null=True, description="what was published last")
    leased_until = fields.DatetimeField(db_default=LONG_AGO)
    attempts = fields.IntField(db_default=0)
    issued_at = fields.DatetimeField()
    styled = fields.IntField(db_default=0, description="program version it was published under; a new version marks what is below it")
    handed_tag = fields.BigIntField(
        db_default=0, description="lowest tag handed out by the add link lately: what a phone that registers now may hold"
    )
    handed_at = fields.DatetimeField(db_default=LONG_AGO)
    dressed = fields.IntField(db_default=0, description="revision of the style's own files it was published with; 0: none")
    renewed_at = fields.DatetimeField(null=True, description="when its token was replaced: the former one serves for 30 days at most")

    class Meta:
        table = "pass"
        table_description = "A pass of a member; who publishes it takes a lease, never a lock across the network."


class PassFileTable(Model):
    program_id = fields.UUIDField(primary_key=True)  # really (program_id, style, revision, path)
    style = fields.TextField()
    revision = fields.IntField(description="of the style; a file of a later one stands in the place of an earlier one")
    path = fields.TextField(description="within the template: logo@2x.png, de.lproj/pass.strings")
    content = fields.BinaryField(null=True, description="null: the folder's own again")
    digest = fields.TextField(null=True, description="SHA-256 in hex")
    uploaded_at = fields.DatetimeField()

    class Meta:
        table = "pass_file"
        table_description = "What an operator put in the place of a template's files: images, texts, the layout itself."


class PassTagTable(Model):
    only = fields.BooleanField(primary_key=True, db_default=True)
    epoch = fields.IntField(db_default=1)
    tag = fields.BigIntField(db_default=0)

    class Meta:
        table = "pass_tag"
        table_description = "One row: the commit-ordered tag that phones compare; publishing takes the next as its last step."


class AppleDeviceTable(Model):
    device_id = fields.CharField(max_length=255, primary_key=True)
    push_token = fields.TextField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "apple_device"
        table_description = "A phone that holds passes."


class AppleRegistrationTable(Model):
    device_id = fields.TextField()
    pass_id = fields.UUIDField(primary_key=True)  # really (device_id, pass_id)
    program_id = fields.UUIDField()
    member_id = fields.UUIDField()
    pass_type = fields.TextField()
    registered_at = fields.DatetimeField()
    pushed_tag = fields.BigIntField(db_default=0)
    pushed_at = fields.DatetimeField(null=True)
    fetched_tag = fields.BigIntField(db_default=0)
    fetched_version = fields.BigIntField(null=True)
    fetched_at = fields.DatetimeField(null=True)
    wanted_tag = fields.BigIntField(
        db_default=0, description="the tag the phone should hear of, set by publish; due = pushed_tag < wanted_tag"
    )
    nudged_tag = fields.BigIntField(db_default=0, description="the tag for which a second push was made")
    listed_at = fields.DatetimeField(
        null=True, description="when it was last listed to this phone: a fetch names no phone, so this tells whose it was"
    )
    attempts = fields.IntField(db_default=0)
    retry_at = fields.DatetimeField(db_default=LONG_AGO)
    due_since = fields.DatetimeField(
        null=True, description="commit of the oldest change for which the phone was not pushed; null: none, or the second push of one"
    )
    behind_since = fields.DatetimeField(
        null=True, description="commit of the oldest change that the phone has not fetched; null: it shows what was published"
    )

    class Meta:
        table = "apple_registration"
        table_description = "Which phone shows which pass, what it was told and what it fetched."


class GoogleObjectTable(Model):
    program_id = fields.UUIDField()
    member_id = fields.UUIDField()
    pass_id = fields.UUIDField(primary_key=True)  # really (program_id, member_id, pass_id)
    object_id = fields.TextField()
    saved = fields.BooleanField(db_default=False)
    saved_at = fields.DatetimeField(null=True)
    sent_tag = fields.BigIntField(db_default=0)
    sent_version = fields.BigIntField(null=True)
    sent_at = fields.DatetimeField(null=True)
    sent_body = fields.JSONField(null=True)
    wanted_tag = fields.BigIntField(db_default=0, description="set by publish; due = sent_tag < wanted_tag")
    attempts = fields.IntField(db_default=0)
    retry_at = fields.DatetimeField(db_default=LONG_AGO)
    held = fields.BooleanField(db_default=True, description="false: nobody has it, so changes wait until somebody saves it")
    offered_at = fields.DatetimeField(db_default=LONG_AGO, description="when its save link was handed out last")
    event_ms = fields.BigIntField(db_default=0, description="the latest save or del, by Google's own time")
    notified_at = ArrayField("timestamptz", db_default=SqlDefault("'{}'"), description="when it may have woken its owner: 24 hours, 3")
    messages = ArrayField("uuid", db_default=SqlDefault("'{}'"), description="ids of messages that went out, newest last")
    sent_key = fields.IntField(db_default=0)
    wanted_key = fields.IntField(db_default=0, description="raised by each new card key; due = sent_key < wanted_key, too")

    class Meta:
        table = "google_object"
        table_description = "The loyalty object of a pass at Google, and what was sent last."


class GoogleClassTable(Model):
    class_id = fields.CharField(max_length=200, primary_key=True)
    program_id = fields.UUIDField()
    style = fields.TextField()
    version = fields.IntField(description="of the program that it was made from")
    review_status = fields.TextField(description="Google's word")
    problem = fields.TextField(null=True, description="Google's word for why it does not take the class")
    checked_at = fields.DatetimeField()

    class Meta:
        table = "google_class"
        table_description = "The loyalty classes at Google, one a program and style, and what its reviewers said."


class GoogleRateTable(Model):
    project = fields.CharField(max_length=100, primary_key=True)
    next_at = fields.DatetimeField(description="when the next call is due, by the database's clock")

    class Meta:
        table = "google_rate"
        table_description = "How fast all processes together call Google; unlogged."


class WalletIssuerTable(Model):
    program_id = fields.UUIDField(primary_key=True)  # really (program_id, platform)
    platform = fields.TextField(description="apple or google")
    name = fields.TextField(description="the pass type identifier, or the issuer id")
    team_id = fields.TextField(null=True)

    class Meta:
        table = "wallet_issuer"
        table_description = "The own pass type or issuer id of a program; others share that of the settings."


class WalletCredentialTable(Model):
    program_id = fields.UUIDField()
    credential_id = fields.UUIDField(primary_key=True)  # really (program_id, credential_id)
    platform = fields.TextField()
    fingerprint = fields.TextField(description="SHA-256 of the certificate, or Google's id of the key")
    valid_from = fields.DatetimeField(null=True)
    valid_until = fields.DatetimeField(null=True)
    sealed = fields.BinaryField(description="sealed: certificate, key and intermediate, or the service account")
    added_at = fields.DatetimeField()

    class Meta:
        table = "wallet_credential"
        table_description = "What a program signs its passes with, sealed; set at the command line only."


class DeliveryCountTable(Model):
    hour = fields.DatetimeField(primary_key=True)  # really (hour, what, outcome)
    what = fields.TextField()
    outcome = fields.TextField()
    count = fields.BigIntField()

    class Meta:
        table = "delivery_count"
        table_description = "Pushes and patches by outcome, one row an hour, bumped once a worker round."


class DeliveryLagTable(Model):
    hour = fields.DatetimeField(primary_key=True)  # really (hour, what, up_to_ms)
    what = fields.TextField(description="push or fetch")
    up_to_ms = fields.IntField(description="from the commit, in milliseconds, rounded up to one of a few steps")
    count = fields.BigIntField()

    class Meta:
        table = "delivery_lag"
        table_description = "How long after a commit phones were pushed, and fetched: counted by steps, one row an hour and step."


class PhoneLogTable(Model):
    place = fields.IntField(primary_key=True, description="one of 1,000, used in turn")
    at = fields.DatetimeField()
    task = fields.TextField(description="register, unregister, list, fetch, personalize or other")
    pass_type = fields.TextField(null=True)
    serial = fields.TextField(null=True)
    code = fields.IntField(null=True, description="the response code that the phone complains of")
    text = fields.TextField(description="what a stranger wrote; printable, device ids hidden")

    class Meta:
        table = "phone_log"
        table_description = "The latest lines that iPhones logged at us (A50); unlogged, and never more than 1,000."
