"""Texts with a template language → the texts that readers of the site see."""
