"""The files of a version: manifest, checksums, stored posts."""
