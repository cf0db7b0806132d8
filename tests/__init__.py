"""Tests run beside each other: threads that wait must leave the cores to others, which FAISS and torch read once;
what the many processes compile is kept, whatever is usual here; and files are written in memory where there is a
folder for that, which saves a sixth of the time of tests that write an index."""

import os
import shutil
import sys
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

MEMORY = Path("/dev/shm")
if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 4 * 1024**3:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
