"""Read posts from where they live (static sites, feeds, exports, pages, tables) and write them as a corpus."""

MAX_LOSS = 0.2
"""The share of its posts that a source may lose between two runs, unless its owner allows more."""
