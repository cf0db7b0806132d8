"""Lexical search: an inverted index of terms, its queries and its vocabulary."""
