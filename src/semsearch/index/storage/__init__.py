"""The files of a version: manifest, checksums and stored posts."""
