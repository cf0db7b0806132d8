"""A version of an index as one file: written while the index is used, and published in this or another index.

The file is a tar archive without compression, of the folder of the version; the manifest, its first member, has the
digest of every other one. All else that tar archives may have, such as links and long names, is refused.
"""
