"""Read posts from where they live (static sites, feeds, exports, pages, tables) and write them as a corpus."""
