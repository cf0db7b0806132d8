"""Rebuild an index from a corpus: the offline command, as a function."""

from semsearch.rebuilding.progress import Progress, Stage
from semsearch.rebuilding.rebuild import Rebuilder, rebuild, rebuild_from
from semsearch.rebuilding.report import Report

__all__ = ["Progress", "Rebuilder", "Report", "Stage", "rebuild", "rebuild_from"]
