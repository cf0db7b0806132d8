"""Export of related lists for static sites: a JSON and an HTML file for each post."""

from semsearch.exporting.related import ExportResult, export_related

__all__ = ["ExportResult", "export_related"]
