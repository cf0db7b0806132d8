"""How does a corpus become the next version of an index? The offline command, as a function."""

from semsearch.rebuilding.progress import Progress, Stage
from semsearch.rebuilding.rebuild import rebuild, rebuild_from
from semsearch.rebuilding.report import Report

__all__ = ["Progress", "Report", "Stage", "rebuild", "rebuild_from"]
