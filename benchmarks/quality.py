"""How good are the answers, what do typos cost, and does confidence tell what a corpus can answer? Prints JSON.

    python benchmarks/quality.py COLLECTION [COLLECTION] [--cache DIR] [--txtai]

A collection is a folder as `semsearch evaluate` reads it. `typos` asks every question again with one random edit in one
word of five letters or more. With a second collection, `answerable` asks each the questions of the other, which it
cannot answer, and gives the area under the ROC curve of the confidence of the best hit. `--txtai` measures the closest
peer on the same posts and questions: its hybrid search with the same model.
"""

from __future__ import annotations

import argparse
import json
import random
import string
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ir_measures
import numpy as np
from common import print_result
from ir_measures import R, nDCG

from semsearch.evaluation.collection import Collection, read_collection
from semsearch.model_card import BUILT_IN
from semsearch.rebuilding import rebuild_from
from semsearch.search import Searcher, SearchRequest, open_index
from semsearch.search.requests import MAX_QUERY_CHARACTERS, MODES

DEPTH = 100
_MEASURES = (nDCG @ 10, R @ 100)
_LEAST_LETTERS = 5

Answer = Callable[[str], Sequence[str]]
"""A question to the ids of posts, best first."""
