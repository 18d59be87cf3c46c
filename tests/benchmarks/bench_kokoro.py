"""The embedded engine against bare onnxruntime calls and against kokoro-onnx 0.6.1's own loop, on the same text.

    python -m tests.benchmarks.bench_kokoro [--peer-python PATH] [--rounds 2] [--write]
    python -m tests.benchmarks.bench_kokoro --flat 10000

`--peer-python` is the interpreter of a virtual environment with `kokoro-onnx==0.6.1`; without it that row is left out.
Two single-threaded workers (how Duoyin works on two cores) stand against one process of the peer with its defaults (as
many threads as cores). Loading is not counted, but for the row of a second start. `--flat` speaks so many lines of a word
or two in one process, with what a run gives its speech processes, and says what its memory gained on the way. Nothing fails on a time; `--write`
writes the table of docs/benchmarks/kokoro.md anew and leaves what stands below it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
VOICE = "af_heart"

TEXT = """
It is a truth universally acknowledged, that a single man in possession of a good fortune, must be in want of a wife.
However little known the feelings or views of such a man may be on his first entering a neighbourhood, this truth is so
well fixed in the minds of the surrounding families, that he is considered as the rightful property of some one or other
of their daughters.
"My dear Mister Bennet," said his lady to him one day, "have you heard that Netherfield Park is let at last?"
Mister Bennet replied that he had not.
"But it is," returned she, "for Missus Long has just been here, and she told me all about it."
Mister Bennet made no answer.
"Do not you want to know who has taken it?" cried his wife impatiently.
"You want to tell me, and I have no objection to hearing it."
This was invitation enough.
Alice was beginning to get very tired of sitting by her sister on the bank, and of having nothing to do.
Once or twice she had peeped into the book her sister was reading, but it had no pictures or conversations in it.
There was nothing so very remarkable in that, nor did Alice think it so very much out of the way to hear the Rabbit say
to itself, "Oh dear! Oh dear! I shall be late!"
Marley was dead, to begin with.
There is no doubt whatever about that.
The register of his burial was signed by the clergyman, the clerk, the undertaker, and the chief mourner.
Old Marley was as dead as a door-nail.
"""
SHORT = "It was the best of times, my dear."
"""34 characters: a line that a person takes again and waits for."""
LINES = [
    line for line in " ".join(TEXT.split()).replace("? ", "?\n").replace(". ", ".\n").split("\n") if line
]


BELOW = "## Where the time goes"
"""What of the page is written by hand begins here."""


def work_ours(lines: list[str]) -> dict[str, Any]:
    from tts_core.engine import Utterance, read_and_speak
    from tts_core.kokoro.engine import KokoroEngine

    engine = KokoroEngine()
    utterances = [Utterance(line, "en", VOICE) for line in lines]
    next(read_and_speak(engine, [Utterance("Ready.", "en", VOICE)]))
    wait_for_start()
    seconds, memory = 0.0, []
    wall, cpu = time.perf_counter(), time.process_time()
    for take in read_and_speak(engine, utterances):
        seconds += take.seconds
        memory.append(_rss())
    return _result(wall, cpu, seconds, memory)


def work_start(lines: list[str]) -> dict[str, Any]:
    """CPU seconds from the start of the process to its first sound, and of the same line again."""
    from tts_core.engine import Utterance, read_and_speak
    from tts_core.kokoro.engine import KokoroEngine

    engine = KokoroEngine()
    wait_for_start()
    utterance = Utterance(lines[0], "en", VOICE)
    next(read_and_speak(engine, [utterance]))
    first = time.process_time()
    again = time.perf_counter()
    next(read_and_speak(engine, [utterance]))
    found = _result(again, first, 1.0, [_rss()])
    return found | {"seconds": first}


def work_flat(lines: list[str]) -> dict[str, Any]:
    """So many lines of a word or two, as the only one of `lines` says."""
    from tts_core.engine import Utterance, read_and_speak
    from tts_core.kokoro.engine import KokoroEngine

    engine, chance, words = KokoroEngine(), random.Random(1), TEXT.split()
    wait_for_start()
    seconds, memory = 0.0, []
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(int(lines[0])):
        text = " ".join(chance.choices(words, k=chance.randint(1, 2)))
        (take,) = read_and_speak(engine, [Utterance(text, "en", VOICE)])
        seconds += take.seconds
        memory.append(_rss())
    return _result(wall, cpu, seconds, memory)


def work_bare(lines: list[str]) -> dict[str, Any]:
    """The published graph, one call a line, the same tokens and style rows; nothing else."""
    import numpy as np
    import onnxruntime

    from tts_core.engine import Utterance
    from tts_core.kokoro.engine import KokoroEngine
    from tts_core.models import ModelStore

    store = ModelStore()
    engine = KokoroEngine(store)
    feeds = []
    for line in lines:
        for piece in engine._pieces(engine.read(Utterance(line, "en", VOICE))):
            tokens = np.array([[0, *piece.tokens, 0]], dtype=np.int64)
            style = piece.style.reshape(1, -1)
            feeds.append({"tokens": tokens, "style": style, "speed": np.ones(1, np.float32)})
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    model = store.ensure("kokoro-v1.0-int8") / "kokoro-v1.0.int8.onnx"
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    session.run(None, feeds[-1])
    wait_for_start()
    seconds, memory = 0.0, []
    wall, cpu = time.perf_counter(), time.process_time()
    for feed in feeds:
        seconds += session.run(None, feed)[0].size / 24_000
        memory.append(_rss())
    return _result(wall, cpu, seconds, memory)


def work_peer(lines: list[str], model: str, voices: str) -> dict[str, Any]:
    from kokoro_onnx import Kokoro  # the peer's environment, not ours

    kokoro = Kokoro(model, voices)
    kokoro.create("Ready.", VOICE, lang="en-us")
    wait_for_start()
    seconds, memory = 0.0, []
    wall, cpu = time.perf_counter(), time.process_time()
    for line in lines:
        samples, rate = kokoro.create(line, VOICE, lang="en-us")
        seconds += len(samples) / rate
        memory.append(_rss())
    return _result(wall, cpu, seconds, memory)


def wait_for_start() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


def _rss() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _result(wall: float, cpu: float, seconds: float, memory: list[float]) -> dict[str, Any]:
    third = max(len(memory) // 3, 1)
    return {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "seconds": seconds,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
        "growth": max(memory[-third:]) - max(memory[:third]),
    }


def workers_memory() -> tuple[float, float, float]:
    """Of the speech processes of a run, which are given lines that are read: the largest peak of one, what one holds for
    itself when all are done, and what it shares with the others and with files, MB."""
    from tts_core.engine import Utterance
    from tts_core.kokoro.description import DESCRIPTION
    from tts_core.kokoro.engine import KokoroEngine
    from tts_core.pool import EnginePool, Job
    from tts_core.takes import TakePlace

    engine = KokoroEngine()
    halves = [[engine.read(Utterance(line, "en", VOICE)) for line in LINES[at : at + 4]] for at in (0, 4)]
    with (
        tempfile.TemporaryDirectory() as folder,
        EnginePool(
            "kokoro", TakePlace(Path(folder)), workers=len(halves), environments=(DESCRIPTION.environment,)
        ) as pool,
    ):
        threads = [
            threading.Thread(
                target=pool.render, args=([Job(f"{n}{i}", line) for i, line in enumerate(half)],)
            )
            for n, half in enumerate(halves)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        peaks = [_kilobytes(pid, "status")["VmHWM"] for pid in pool.pids()]
        maps = [_kilobytes(pid, "smaps_rollup") for pid in pool.pids()]
    own = max(found["Private_Dirty"] for found in maps)
    return max(peaks) / 1e3, own / 1e3, max(found["Rss"] - found["Private_Dirty"] for found in maps) / 1e3


def _kilobytes(pid: int, name: str) -> dict[str, int]:
    rows = (line.split() for line in Path(f"/proc/{pid}/{name}").read_text().splitlines())
    return {row[0].rstrip(":"): int(row[1]) for row in rows if len(row) == 3 and row[2] == "kB"}


def loaded(
    kind: str, parts: list[list[str]], python: str = sys.executable, *extra: str
) -> list[subprocess.Popen[str]]:
    """A worker a part, each of which has loaded and waits for a line on its stdin. Ours have the environment that a run
    gives its speech processes."""
    from tts_core.kokoro.description import DESCRIPTION

    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    if kind in ("ours", "start", "flat"):
        environment |= DESCRIPTION.environment
    if kind != "peer":
        environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    workers = [
        subprocess.Popen(
            [python, __file__, "--worker", kind, "--lines", json.dumps(part), *extra],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for part in parts
    ]
    for worker in workers:
        assert worker.stdout is not None and worker.stdout.readline().strip() == "ready", kind
    return workers


def begin(workers: list[subprocess.Popen[str]]) -> None:
    """Let them go together."""
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()


def run(kind: str, parts: list[list[str]], python: str = sys.executable, *extra: str) -> dict[str, float]:
    """Start a worker a part, let them go together when all have loaded, and add up."""
    workers = loaded(kind, parts, python, *extra)
    start = time.perf_counter()
    begin(workers)
    answers = [json.loads(worker.communicate()[0]) for worker in workers]
    return {
        "wall": time.perf_counter() - start,
        "cpu": sum(a["cpu"] for a in answers),
        "seconds": sum(a["seconds"] for a in answers),
        "peak": max(a["peak"] for a in answers),
        "growth": max(a["growth"] for a in answers),
    }


def best(rounds: list[dict[str, float]]) -> dict[str, float]:
    """The round least disturbed by other work on the machine."""
    return {key: min(r[key] for r in rounds) for key in ("wall", "cpu", "seconds", "peak", "growth")}


def pack_voice(folder: Path) -> tuple[str, str]:
    """The model and a voices file as kokoro-onnx wants them."""
    import numpy as np

    from tts_core.models import ModelStore

    store = ModelStore()
    table = np.fromfile(store.ensure("kokoro-voices") / f"{VOICE}.bin", dtype="<f4").reshape(510, 1, 256)
    tables: dict[str, Any] = {VOICE: table}
    np.savez(folder / "voices.npz", **tables)
    model = store.ensure("kokoro-v1.0-int8") / "kokoro-v1.0.int8.onnx"
    return str(model), str(folder / "voices.npz")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer-python", type=Path)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--flat", type=int, metavar="LINES")
    parser.add_argument("--worker", choices=["ours", "bare", "peer", "start", "flat"], help=argparse.SUPPRESS)
    parser.add_argument("--lines", type=json.loads, help=argparse.SUPPRESS)
    parser.add_argument("--model", help=argparse.SUPPRESS)
    parser.add_argument("--voices", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        extra = (arguments.model, arguments.voices) if arguments.worker == "peer" else ()
        print(json.dumps(globals()[f"work_{arguments.worker}"](arguments.lines, *extra)))
        return

    if arguments.flat:
        flat = run("flat", [[str(arguments.flat)]])
        print(
            f"{arguments.flat} lines of a word or two, {flat['seconds']:.0f} s of sound, {flat['cpu']:.0f} CPU s: "
            f"{flat['peak']:.0f} MB at its peak, {flat['growth']:+.1f} MB from the first third to the last."
        )
        return

    halves = [LINES[::2], LINES[1::2]]
    runs: dict[str, list[dict[str, float]]] = {"ours": [], "bare": [], "peer": []}
    with tempfile.TemporaryDirectory() as scratch:
        model, voices = pack_voice(Path(scratch))
        for _ in range(arguments.rounds):  # interleaved: what else the machine does hits all alike
            runs["ours"].append(run("ours", halves))
            runs["bare"].append(run("bare", halves))
            if arguments.peer_python and arguments.peer_python.exists():
                peer = str(arguments.peer_python)
                runs["peer"].append(run("peer", [LINES], peer, "--model", model, "--voices", voices))
    starts = [run("start", [[SHORT]]) for _ in range(1 + arguments.rounds)][1:]  # the first may compile
    start = best(starts)
    found = {name: best(rounds) for name, rounds in runs.items() if rounds}
    names = {
        "ours": "Duoyin, 2 workers of 1 thread",
        "bare": "bare onnxruntime, 2 processes of 1 thread",
        "peer": "kokoro-onnx 0.6.1, 1 process, its defaults",
    }
    lines = [
        f"{len(LINES)} lines of English, best of {arguments.rounds} interleaved rounds, loading not counted.",
        "",
        "| | wall s | CPU s | audio s | wall RTF | peak RSS MB | growth MB |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, r in found.items():
        lines.append(
            f"| {names[name]} | {r['wall']:.1f} | {r['cpu']:.1f} | {r['seconds']:.1f} | {r['wall'] / r['seconds']:.3f} "
            f"| {r['peak']:.0f} | {r['growth']:.0f} |"
        )
    ours, bare = found["ours"], found["bare"]
    ratio = (ours["cpu"] / ours["seconds"]) / (bare["cpu"] / bare["seconds"])
    lines += [
        "",
        f"CPU of the engine / CPU of bare calls: {ours['cpu'] / bare['cpu']:.3f}; a second of its audio: {ratio:.3f}",
        f"A second start to the first sound: {start['seconds']:.2f} CPU s; a line of 34 characters in a worker that "
        f"runs: {start['cpu']:.2f} CPU s.",
    ]
    peak, own, shared = workers_memory()
    lines.append(
        f"A speech process of a run, which is given lines that are read: {peak:.0f} MB at its peak; {own:.0f} MB of its own "
        f"when it is done, and {shared:.0f} MB of files, which all of them share."
    )
    if "peer" in found:
        lines.append(
            f"kokoro-onnx / the engine, same text: wall {found['peer']['wall'] / ours['wall']:.2f}, "
            f"CPU {found['peer']['cpu'] / ours['cpu']:.2f}"
        )
    else:
        lines.append(
            "kokoro-onnx was not measured: give --peer-python an interpreter that has kokoro-onnx==0.6.1."
        )
    lines.append(
        "The audio of the bare calls is longer: it keeps the silence at both ends that the engine takes off."
    )
    print("\n".join(lines))
    if arguments.write:
        target = ROOT / "docs" / "benchmarks" / "kokoro.md"
        below = target.read_text().partition(BELOW)[2]
        title = "# The embedded engine\n\n`python -m tests.benchmarks.bench_kokoro --peer-python PATH --write`\n\n"
        target.write_text(title + "\n".join(lines) + "\n\n" + BELOW + below)


if __name__ == "__main__":
    main()
