"""Markup → text as a reader sees it: Markdown, HTML, reStructuredText and plain text."""

from semsearch.ingest.markup.anchors import Anchors
from semsearch.ingest.markup.pages import MainContent, main_content
from semsearch.ingest.markup.read_text import ReadText
from semsearch.ingest.markup.reading import read
from semsearch.ingest.markup.titles import plain_title

__all__ = ["Anchors", "MainContent", "ReadText", "main_content", "plain_title", "read"]
