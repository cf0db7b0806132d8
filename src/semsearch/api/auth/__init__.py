"""Authentication and rate limits: API keys, scopes, limits per key and address."""
