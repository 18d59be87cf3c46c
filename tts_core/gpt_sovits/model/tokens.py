"""Semantic tokens: what the transformer writes and the decoder reads."""

TOKENS_PER_SECOND = 25  # a token is two HuBERT frames of 20 ms
VOCABULARY = 1025  # 1024 codes of the quantizer, and the end
END = VOCABULARY - 1
"""The token that ends a line."""
