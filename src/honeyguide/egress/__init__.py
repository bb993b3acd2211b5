"""The one way out: every request that the product makes to another machine goes through here (security.md, requests to inside)."""

from honeyguide.egress.egress import Egress, Response
from honeyguide.egress.policy import EgressPolicy
from honeyguide.egress.refusal import EgressFailed, EgressRefused

__all__ = ["Egress", "EgressFailed", "EgressPolicy", "EgressRefused", "Response"]
