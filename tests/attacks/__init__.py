"""Attacks by class of the threat model, which docs/security.md lists with the tests of each."""
