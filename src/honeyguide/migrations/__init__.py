"""Every change of the database's structure, in order: Tortoise's own migrations, each saying why and which locks it takes."""
