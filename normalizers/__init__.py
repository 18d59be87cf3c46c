"""Written text → spoken text: sentences, numbers, abbreviations, readings; Chinese, English and mixed."""

from normalizers.errors import DuoyinError
from normalizers.hints import Alphabet, Hint, HintSource

__all__ = ["Alphabet", "DuoyinError", "Hint", "HintSource"]
