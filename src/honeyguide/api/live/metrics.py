"""What the live part tells Prometheus."""

from prometheus_client import Counter, Gauge

SUBSCRIPTIONS = Gauge("honeyguide_live_subscriptions", "Subscriptions that wait for changes.")
CONNECTIONS = Gauge("honeyguide_live_connections", "Open connections that carry operations.")
EVENTS = Counter("honeyguide_live_events", "Events sent to subscribers.")
CLOSED = Counter("honeyguide_live_closed", "WebSockets that the server closed, by close code.", ["code"])
