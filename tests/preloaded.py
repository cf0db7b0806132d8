"""What forked processes would otherwise load each time. Only the fork server imports this module."""

from __future__ import annotations

from semsearch.analysis.language_detection import detect_language

detect_language("The model of the language identifier takes a second to load.")
