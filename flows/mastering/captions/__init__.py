"""Captions of a finished book: its lines with the times at which they are heard, as players show them."""
