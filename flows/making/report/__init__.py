"""The report of a finished book or dub: one page for people, and the same facts as JSON, beside the finished file."""
