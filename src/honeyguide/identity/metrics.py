"""What sign-in tells Prometheus; labels come from closed sets only, never a subject, an issuer or a key's name."""

from prometheus_client import Counter

TOKENS_REFUSED = Counter("honeyguide_tokens_refused", "Bearer tokens that were refused, by reason.", ["reason"])
PROVIDER_READS = Counter("honeyguide_provider_reads", "Reads of an identity provider's keys.", ["outcome"])
