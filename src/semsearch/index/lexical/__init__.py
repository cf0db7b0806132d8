"""Lexical search: an inverted index of terms, its queries, and the vocabulary of the corpus."""
