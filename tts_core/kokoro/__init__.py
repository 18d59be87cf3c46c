"""The embedded engine: Kokoro-82M on onnxruntime, without torch and without a manual download."""
