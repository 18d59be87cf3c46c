"""Read-along books: EPUB 3 with Media Overlays, in which each line is marked while it is heard."""
