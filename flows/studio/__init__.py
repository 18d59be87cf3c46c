"""The studio: a local page in which a person hears a book line by line and mends it.

It reads and writes projects only through the functions that the command line uses. Files stay the truth.
"""
