"""What a teacher says to its student: lines of a text, drawn a few at a time, each kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from tts_core.durations import clock
from tts_core.files import atomic_path
from tts_core.gpt_sovits.files.archive import read_archive
from tts_core.gpt_sovits.model.decode import SemanticDecoder, TokenRequest
from tts_core.gpt_sovits.model.guards import token_flags
from tts_core.gpt_sovits.model.lines import expected, most_tokens, seed_of
from tts_core.gpt_sovits.model.sovits import SpeechRequest
from tts_core.gpt_sovits.model.text2semantic import BERT_WIDTH
from tts_core.gpt_sovits.text.frontend import Spoken
from tts_core.gpt_sovits.text.reading import GivenPiece
from tts_core.gpt_sovits.training.text_batch import TextLine
from tts_core.gpt_sovits.voice.voicefile import ClonedVoice
from tts_core.gpt_sovits.voice.voicing import LoadedModel, ReadyVoice, VoiceRoom

LEAST_LINES = 8
DRAWN_TOGETHER = 8  # lines between two saved states


def spoken_lines(
    pieces: Sequence[tuple[str, GivenPiece]],
    room: VoiceRoom,
    model: LoadedModel,
    voice: ClonedVoice | None,
    seed: int,
    folder: Path,
    told: Callable[[float, str], None],
) -> tuple[list[TextLine], int]:
    """What the teacher says, a few lines at a time, each kept: a run that was stopped goes on there.

    Args:
        pieces: (language, what is given) of each line.
        voice: whose prompt the lines go on from; None: without a prompt.
        folder: where what was said is kept; of these pieces, this voice and this seed only.
        told: hears how far it is (0 to 1), and in words; what it raises stops the work.

    Returns:
        The lines that no check flags and, where most are flagged, all that say something; how many were flagged then.
    """
    ready = room.ready(voice, "teacher") if voice is not None else None
    prompt = ready.prompt if ready is not None else torch.zeros(0, dtype=torch.int64)
    before = ready.spoken if ready is not None else None
    pace = ready.seconds_per_phoneme if ready is not None else None
    decoder = SemanticDecoder(model.text2semantic, rows=DRAWN_TOGETHER, length=1280)
    began, fresh = time.monotonic(), 0
    lines: list[TextLine] = []
    whole: list[bool] = []
    for start in range(0, len(pieces), DRAWN_TOGETHER):
        some = pieces[start : start + DRAWN_TOGETHER]
        words = room.words([piece.spoken(model.symbol_set) for _, piece in some])
        inputs = [_after(before, each) for each in words]
        bounds = [expected(each, pace, language) for each, (language, _) in zip(words, some, strict=True)]
        path = folder / f"{start:06d}.pt"
        if path.is_file():
            tokens, good = read_archive(path).content
        else:
            requests = [
                TokenRequest(phones, prompt, bert, seed_of(content, seed, 0), most_tokens(bound))
                for (phones, bert), content, bound in zip(inputs, some, bounds, strict=True)
            ]
            drawn = dict(decoder.run(requests))
            tokens = [torch.tensor(drawn[at].tokens, dtype=torch.int64) for at in range(len(some))]
            good = [not token_flags(drawn[at], prompt.tolist(), bounds[at]) for at in range(len(some))]
            with atomic_path(path) as beside:
                torch.save((tokens, good), beside)
            fresh += len(some)
        lines += [
            TextLine(phones, torch.cat([prompt, said]), bert)
            for (phones, bert), said in zip(inputs, tokens, strict=True)
        ]
        whole += good
        left = (time.monotonic() - began) / max(1, fresh) * (len(pieces) - len(lines))
        detail = f"line {len(lines)} of {len(pieces)}" + (f" · {clock(left)} to go" if fresh else "")
        told(len(lines) / len(pieces), detail)
    decoder.release()
    sound = [line for line, good in zip(lines, whole, strict=True) if good]
    if len(sound) >= max(LEAST_LINES, len(lines) // 4):
        return sound, 0
    return [line for line in lines if len(line.tokens)], len(lines) - len(sound)


def spoken_latents(
    lines: Sequence[TextLine], voice: ReadyVoice, seed: int, told: Callable[[], None]
) -> list[Tensor]:
    """What the teacher's decoder is given for each line it said, `[latent, frames]`, without the prompt's part.

    Args:
        lines: of `spoken_lines`, said in this voice.
        told: called before each; what it raises stops the work.
    """
    prompt, words = len(voice.prompt), 0 if voice.spoken is None else len(voice.spoken.ids)
    made = []
    for at, line in enumerate(lines):
        told()
        own = SpeechRequest(line.tokens[prompt:], line.phones[words:], voice.vector, seed=seed + at)
        made.append(voice.model.sovits.latent(own))
    return made


def _after(prompt: Spoken | None, words: Spoken) -> tuple[Tensor, Tensor | None]:
    """Phones and BERT's vectors of a line behind those of the voice's prompt."""
    if prompt is None:
        return words.ids, words.bert
    phones = torch.cat([prompt.ids, words.ids])
    if prompt.bert is None and words.bert is None:
        return phones, None
    parts = [
        each.bert if each.bert is not None else torch.zeros(BERT_WIDTH, len(each.ids))
        for each in (prompt, words)
    ]
    return phones, torch.cat(parts, dim=1)
