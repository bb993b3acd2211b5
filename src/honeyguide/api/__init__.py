"""All of GraphQL; nothing else in Honeyguide knows GraphQL."""
