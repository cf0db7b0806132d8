"""Which posts belong together: near-duplicates, editions of a work, series, and posts at an address."""
