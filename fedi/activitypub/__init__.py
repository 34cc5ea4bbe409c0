"""The protocol: documents in and out, signatures, keys.  Knows no database."""
