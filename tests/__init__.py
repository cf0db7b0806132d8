"""Tests run beside each other: threads that wait must leave the cores to others, which FAISS and torch read once; and
what the many processes compile is kept, whatever is usual here."""

import os
import sys

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
