"""How does a site without a server have its related lists? Files, one of JSON and one of HTML for each post."""

from semsearch.exporting.related import Exported, export_related

__all__ = ["Exported", "export_related"]
