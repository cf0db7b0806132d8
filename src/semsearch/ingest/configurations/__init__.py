"""Configuration files that are programs (JavaScript, Python), or have many parts → what reading a site needs of them.

Nothing is executed: only literals are read, and what they do not say has the default of the generator.
"""
