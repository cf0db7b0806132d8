"""Text analysis: text in, terms out, by language (tokens, stems, stop words)."""
