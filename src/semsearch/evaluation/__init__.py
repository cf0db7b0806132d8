"""Evaluation of search and related posts on test collections, with the same code that builds and ranks."""

from semsearch.evaluation.collection import CollectionError
from semsearch.evaluation.comparison import Comparison, RunError, compare, read_run
from semsearch.evaluation.measuring import Evaluation, evaluate

__all__ = ["CollectionError", "Comparison", "Evaluation", "RunError", "compare", "evaluate", "read_run"]
