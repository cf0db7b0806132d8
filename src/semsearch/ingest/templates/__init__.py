"""Template languages in posts → plain Markdown, reStructuredText or HTML. One module for each language."""
