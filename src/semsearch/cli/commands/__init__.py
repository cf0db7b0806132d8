"""The commands, one function each. They import slow libraries inside the functions, so that ``--help`` is fast."""
