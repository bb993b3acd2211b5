"""The books: the only writer of balances; they know no program, no partner, no wallet and no GraphQL."""
