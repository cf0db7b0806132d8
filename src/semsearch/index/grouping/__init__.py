"""Which posts belong together: near-duplicates, editions, series, addresses."""
