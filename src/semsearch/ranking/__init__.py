"""Ranking of posts for a query, and the confidence of each hit. Searches and the calibration at a rebuild share it."""
