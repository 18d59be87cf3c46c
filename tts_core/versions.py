"""The version numbers that are kept by hand, all of them. Each is part of a key; none counts text code.

What is read for a line (normalization, phonemes) is keyed by itself: no number here is raised for it. A number
is raised when code changes what it makes of the same input, so that files made by the old code are made anew.
`tests/test_versions.py` holds a digest of what each stage makes and fails until the stage's number is raised.
Raise it by one and write the new digest there.
"""

from __future__ import annotations

TAKE_FORMAT = 2
"""Of every take. Raise it when what is stored for a line changes (bit depth, header, unit times), or what goes
into its key."""

KOKORO_GRAPH = 3
"""Of the embedded engine's takes. Raise it when the published graph is cut elsewhere, or its generator computed
otherwise; the cut files and the generator's filters are named by it."""

KOKORO_SOUND = 1
"""Of the embedded engine's takes. Raise it when the same symbols, voice and speed give other samples: style
rows, frames at a tempo, trimming, fades, pauses between pieces."""

GPT_SOVITS_SOUND = 4
"""Of the cloned voices' takes. Raise it when the same phonemes, voice, speed and seed give other samples on the
same device and precision: decoding, drawing and redrawing, guards, pauses between pieces, BERT's vectors."""

TACOTRON_SOUND = 1
"""Of the takes of Tacotron 2. Raise it when the same phonemes, voice, speed and seed give other samples: steps, tempo,
Griffin and Lim's rounds, pauses between pieces."""

STITCH = 1
"""Of stitched chapters. Raise it when the same takes and pauses are stored as other samples, or the chapter's
file changes."""

ENCODE = 1
"""Of encoded chapters. Raise it when the same sound is prepared or encoded otherwise: resampling, gain, encoder
settings."""

LIMITER = 1
"""Of encoded chapters. Raise it when the limiter makes other samples of the same sound."""

LOCATE = 1
"""Of what was found in finished files. Raise it when the same file and takes give other places, or are judged
otherwise: sample rate, emphasis, thresholds."""

MARK = 1
"""Of marked takes. Raise it when the inaudible mark is put into the same sound otherwise."""
