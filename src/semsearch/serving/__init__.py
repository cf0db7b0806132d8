"""Runs searches for many clients at once: threads, batches, caches and metrics. No HTTP."""
