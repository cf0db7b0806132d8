"""Text analysis by language: tokens, stems, stop words; text in, terms out."""
