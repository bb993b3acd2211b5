"""Mail to people: one letter to one address, sent in the background by the operator's own mail host."""

from honeyguide.mail.letter import Letter
from honeyguide.mail.outbox import Outbox, open_outbox

__all__ = ["Letter", "Outbox", "open_outbox"]
