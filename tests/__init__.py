"""Tests run beside each other: threads that wait must leave the cores to others, which FAISS and torch read once;
what the many processes compile is kept, whatever is usual here; and garbage is collected less often than usual, since
that takes a quarter of a second where torch and all tests are loaded."""

import gc
import os
import sys

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
gc.set_threshold(5_000, 50, 100)
