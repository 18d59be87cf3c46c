"""What lies on the disk comes back other than it was written."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from tests.abuse.production import Production
from tests.abuse.table import Bench, Row
from tts_core.files import partial_name

CACHES = {
    "a take": "takes/*/*.flac",
    "a chapter's sound": ".duoyin/chapters/*.flac",
    "the record of a chapter's sound": ".duoyin/chapters/*.json",
    "an encoded chapter": ".duoyin/encoded/*.aac",
    "the record of an encoded chapter": ".duoyin/encoded/*.json",
    "the plan of a dub": ".duoyin/*.json",
}
"""What is made again where it is damaged: the finished file must be the right one."""

EDITED = {
    "the script": "script.jsonl",
    "the copy of the script": ".duoyin/script.base.jsonl",
    "the cast": "cast.yaml",
    "the settings": "project.yaml",
    "the source": "book.md",
    "the cues": "cues.srt",
}
"""What people edit: other words are other words; a clear message or a file of them."""


def _flipped(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(max(1, len(data)))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :] if data else data


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _zeroed(data: bytes, chance: random.Random) -> bytes:
    """As after a power cut: the length is right, a page is nought."""
    at = chance.randrange(len(data) + 1)
    end = min(len(data), at + 4096)
    return data[:at] + bytes(end - at) + data[end:]


def _garbage(data: bytes, chance: random.Random) -> bytes:
    return chance.randbytes(chance.choice((0, 1, 100, 5000)))


def _doubled(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[max(0, at - 64) :]


DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _flipped,
    _flipped,
    _cut,
    _zeroed,
    _garbage,
    _doubled,
)


def _damage(file: Path, chance: random.Random) -> str:
    do = chance.choice(DAMAGES)
    file.write_bytes(do(file.read_bytes(), chance))
    return f"{do.__name__.strip('_')} {file.name}"


def caches(bench: Bench) -> list[Row]:
    """Whatever can be made again is damaged in a finished project, and the finished file is taken away."""
    rows = []
    for what, pattern in CACHES.items():
        row = Row(f"damaged (a bit, a page, cut, garbage): {what}")
        for chance in bench.seeds():
            kind = chance.choice([kind for kind in bench.both() if _of(bench, kind, pattern)])
            production = bench.finished(kind)
            how = f"{kind}: {_damage(chance.choice(sorted(production.folder.glob(pattern))), chance)}"
            production.out.unlink()
            ended = production.run()
            bench.judge(row, production, ended, how)
            if ended.code not in (0, 1):
                row.wrong.append(f"{how}: what can be made again was not: {ended.said[-300:]}")
            bench.recover(row, production, how)
        rows.append(row)
    return rows


def _of(bench: Bench, kind: str, pattern: str) -> bool:
    bench.undisturbed(kind)
    return any(bench.production(kind, "undisturbed").folder.glob(pattern))


def edited(bench: Bench) -> list[Row]:
    """What people edit is damaged: one message that names the file, or a file of what stands there now."""
    rows = []
    for what, pattern in EDITED.items():
        row = Row(f"damaged: {what}")
        for chance in bench.seeds():
            kind = chance.choice([kind for kind in bench.both() if _of(bench, kind, pattern)])
            production = bench.finished(kind)
            production.out.unlink()
            how = f"{kind}: {_damage(production.folder / pattern, chance)}"
            ended = production.run()
            row.times += 1
            if not ended.clear:
                row.wrong.append(f"{how}: exit {ended.code}: {ended.said.strip()[-400:]}")
            elif ended.code in (0, 1):
                row.finished += 1
                if not production.out.exists() and not list(production.folder.rglob("*.m4b")):
                    row.wrong.append(f"{how}: “done”, and no file is there")
            else:
                row.told += 1
        row.note = "a letter that became another is another letter"
        rows.append(row)
    return rows


def ledgers(bench: Bench) -> list[Row]:
    """The ledger is damaged: it is said so, and without it the takes are found still."""
    row = Row("the ledger is damaged (cut, a page, a bit, garbage); then moved away, as the message says")
    for chance in bench.seeds():
        kind = chance.choice(list(bench.both()))
        production = bench.finished(kind)
        ledger = production.folder / "ledger.sqlite"
        how = f"{kind}: {_damage(ledger, chance)}"
        production.out.unlink()
        bench.judge(row, production, production.run(), how)
        for file in production.folder.glob("ledger.sqlite*"):
            file.unlink()
        production.out.unlink(missing_ok=True)
        bench.recover(row, production, how)
    return [row]


def delivered(bench: Bench) -> list[Row]:
    """The finished file was changed, cut or replaced: it is not ours any more, and no run may take its place."""
    row = Row("the finished file was cut, changed or is another's: it is kept, and said so")
    for chance in bench.seeds():
        kind = chance.choice(list(bench.both()))
        production = bench.finished(kind)
        whole = production.out.read_bytes()
        how = f"{kind}: {_damage(production.out, chance)}"
        stands = production.out.read_bytes()
        ended = production.run()
        row.times += 1
        if not ended.clear or (stands != whole and ended.code != 2):
            row.wrong.append(f"{how}: exit {ended.code}: {ended.said.strip()[-300:]}")
        elif production.out.read_bytes() != stands:
            row.wrong.append(f"{how}: somebody else's file was replaced")
        else:
            row.told += ended.code == 2
            row.finished += ended.code != 2
        production.out.unlink()
        bench.recover(row, production, how)
    return [row]


def half_written(bench: Bench) -> list[Row]:
    """What killed writers left: it is swept away, and never taken for the file."""
    row = Row("half-written files of killed writers lie everywhere")
    for chance in bench.seeds():
        kind = chance.choice(list(bench.both()))
        production = bench.finished(kind)
        _leave_partials(production, chance)
        production.out.unlink()
        ended = production.run()
        bench.judge(row, production, ended, kind)
        left = [path for path in production.leftovers() if path.parent.name in ("finished", ".duoyin")]
        if left:
            row.wrong.append(f"{kind}: left over: {left}")
    return [row]


def _leave_partials(production: Production, chance: random.Random) -> None:
    dead = 4_194_304 + chance.randrange(1000)  # above every process id of Linux
    for file in [path for path in production.folder.rglob("*") if path.is_file()]:
        if chance.random() < 0.5:
            partial_name(file, process=dead).write_bytes(file.read_bytes()[: chance.randrange(5000)])
