"""What the gateway remembers: tables, queries by noun, blobs, migrations."""
