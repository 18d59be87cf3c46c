"""Few-shot voice cloning: our own GPT-SoVITS (v1, v2, v2Pro, v2ProPlus) in torch.

It loads the published checkpoints and computes what they were trained to compute (parity fixtures prove it), with
a decoder of its own: one key/value arena, continuous batching and per-line randomness.

Importing this package does not import torch; `tts_core.gpt_sovits.engine.load` does.
Reference: GitHub RVC-Boss/GPT-SoVITS, commit 48b1a016 (2026-08-18), MIT licence. No code of it is used here.
"""
