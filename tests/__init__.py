"""Tests run beside each other, and threads that wait must leave the cores to others: FAISS and torch read this once."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
