"""GraphQL over HTTP: who may come in, what a request brings, what leaves."""
