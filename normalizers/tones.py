"""Tone sandhi."""

from __future__ import annotations


def sandhi(text: str, pinyin: list[str]) -> list[str]:
    """Tones as spoken: 一, 不 and third-tone sandhi applied to `pinyin` (one entry a code point of `text`)."""
    out = list(pinyin)
    for i in range(len(out) - 1):
        following = out[i + 1][-1:]
        if text[i] == "不" and following == "4":
            out[i] = "bu2"
        elif text[i] == "一" and out[i] == "yi1":
            if following == "4":
                out[i] = "yi2"
            elif following in "123" and following and text[i - 1 : i] not in ("第", "十"):
                out[i] = "yi4"
        elif out[i][-1:] == "3" and following == "3":
            out[i] = out[i][:-1] + "2"
    return out
