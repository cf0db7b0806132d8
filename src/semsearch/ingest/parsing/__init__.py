"""Bytes and texts of a source → values: encodings, front matter, YAML, JSON, XML and dates, also broken ones."""
