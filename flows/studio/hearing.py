"""Sound that is heard while it is made: it comes from the process that speaks and goes to the page that asked."""

from __future__ import annotations

import base64
import contextlib
import secrets
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from flows.studio.asking import Tell
from tts_core.sound import wav_head

MOST_SOUNDS = 4
"""Sounds that can be asked for, the newest: a page asks for its own at once."""


class Sound:
    """A sound that grows until it ends: a WAV file whose length nobody knows yet. May be read by several threads.

    Args:
        rate: samples a second.
    """

    def __init__(self, rate: int) -> None:
        self._pieces = [wav_head(rate)]
        self._ended = False
        self._grown = threading.Condition()

    def add(self, samples: bytes) -> None:
        """More of it, see `tts_core.sound.pcm`."""
        with self._grown:
            self._pieces.append(samples)
            self._grown.notify_all()

    def end(self) -> None:
        """Nothing more comes."""
        with self._grown:
            self._ended = True
            self._grown.notify_all()

    def read(self) -> Iterator[bytes]:
        """What there is, and what comes, until it ends."""
        at = 0
        while pieces := self._behind(at):
            yield b"".join(pieces)
            at += len(pieces)

    def _behind(self, at: int) -> list[bytes]:
        """What came behind so many pieces, as soon as there is some; nothing where it ended."""
        with self._grown:
            self._grown.wait_for(lambda: self._ended or len(self._pieces) > at)
            return self._pieces[at:]


class Hearing:
    """The sounds that are being made, by name."""

    def __init__(self) -> None:
        self._sounds: dict[str, Sound] = {}

    def find(self, name: str) -> Sound | None:
        """A sound by the name that the page was told."""
        return self._sounds.get(name)

    @contextlib.contextmanager
    def listening(self, tell: Tell) -> Iterator[Tell]:
        """What to tell while a line is spoken: where its sound comes, `tell` is told its name, once, as `sound`."""
        made: list[Sound] = []

        def told(row: Mapping[str, Any]) -> None:
            if "heard" not in row:
                return tell(row)
            if not made:
                made.append(Sound(row["rate"]))
                tell({"sound": self._keep(made[0])})
            made[0].add(base64.b64decode(row["heard"]))

        try:
            yield told
        finally:
            for sound in made:
                sound.end()

    def _keep(self, sound: Sound) -> str:
        name = secrets.token_hex(8)
        self._sounds = dict([*self._sounds.items(), (name, sound)][-MOST_SOUNDS:])
        return name
