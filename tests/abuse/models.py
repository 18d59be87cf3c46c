"""A model file with a wrong byte: found before it is used, and fetched again or refused."""

from __future__ import annotations

import hashlib
import os
import shutil

from normalizers import DuoyinError
from tests.abuse.table import Bench, Row
from tts_core.models import Model, ModelFile, ModelStore

BYTES = 50_000


def wrong_bytes(bench: Bench) -> list[Row]:
    """One byte of a model in the store is another, also where its time and its length say that it is the same."""
    row = Row("one byte of a model file is wrong; its length and its time may be as they were")
    for chance in bench.seeds():
        folder, given = bench.folder / "models", bench.folder / "given"
        for place in (folder, given):
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
        right = chance.randbytes(BYTES)
        (given / "a.bin").write_bytes(right)
        file = ModelFile("a.bin", BYTES, hashlib.sha256(right).hexdigest())
        known = {"tiny": Model("tiny", "1", "tiny", "CC0-1.0", "", (file,), ())}
        stored = ModelStore(folder, user_sources=[given], models=known).ensure("tiny") / "a.bin"
        before = stored.stat()
        at = chance.randrange(BYTES)
        stored.write_bytes(right[:at] + bytes([right[at] ^ 1 << chance.randrange(8)]) + right[at + 1 :])
        if chance.random() < 0.5:
            os.utime(stored, ns=(before.st_atime_ns, before.st_mtime_ns))
        refetched = chance.random() < 0.5
        row.times += 1
        try:
            store = ModelStore(folder, user_sources=[given] if refetched else [], models=known)
            if (store.ensure("tiny") / "a.bin").read_bytes() != right:
                row.wrong.append(f"byte {at}: used as it is")
            row.finished += 1
        except DuoyinError:
            row.told += 1
            if refetched:
                row.wrong.append(f"byte {at}: not fetched again")
    return [row]
