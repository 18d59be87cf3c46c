"""Dubbing: lines onto a timeline, timeline into sound, sound beside the original, and the proof that it is in sync."""
