"""Table mapping of event streams: structure only, never loaded as objects."""

from tortoise import fields
from tortoise.models import Model


class EventStreamTable(Model):
    token_hash = fields.BinaryField(primary_key=True, description="of the ticket, which stands nowhere")
    audience = fields.TextField()
    owner_hash = fields.BinaryField(description="keyed: of all that a token says of its caller")
    caller = fields.BinaryField(description="sealed: who reserved it, and when his token ends")
    holder = fields.UUIDField(null=True, description="the process that has the connection; null: reserved, not opened yet")
    kept_until = fields.DatetimeField(description="nobody opened it, or its process is gone, after it")

    class Meta:
        table = "event_stream"
        table_description = (
            "Event streams of the single connection mode that are reserved or open; unlogged, a row lives as long as its stream."
        )


class EventStreamCallTable(Model):
    call_id = fields.BigIntField(primary_key=True, generated=True)
    token_hash = fields.BinaryField(description="of the stream that it is for")
    operation_id = fields.TextField(description="the client's own")
    sealed = fields.BinaryField(null=True, description="the parameters of the operation; null: stop it")

    class Meta:
        table = "event_stream_call"
        table_description = "Operations on their way to the process that has their stream; unlogged, gone once taken."
