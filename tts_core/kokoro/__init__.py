"""The embedded engine: Kokoro-82M on onnxruntime, without torch and without a manual download."""

from tts_core.kokoro.engine import KokoroEngine

__all__ = ["KokoroEngine"]
