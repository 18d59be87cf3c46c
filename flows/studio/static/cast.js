// The cast: every voice heard on a line of who has it, another one given, and what the series keeps.

import { byId, make } from "./dom.js"
import { partOf, Player, soundOf } from "./player.js"
import { ask, askAndHear, tell } from "./tell.js"
import { count, has, loadWords, say } from "./words.js"

async function begin() {
  await loadWords()
  const base = `/book/${byId("cast").dataset.book}`
  const nothing = () => {}
  const player = new Player(soundOf(base), { begin: nothing, time: nothing, end: nothing, fail: () => tell(say("sound.fails", { text: "" }), "wrong") })
  const rows = [...document.querySelectorAll("[data-name]")]
  const again = async done => { if (done) location.reload() }
  let voices = null

  /** All voices in every list, once somebody wants to choose. */
  async function offer() {
    if (voices) return
    voices = []
    tell(say("voices.wait"))
    const answer = await fetch(`${base}/voices`), known = await answer.json()
    if (!answer.ok) { voices = null; return tell([known.problem, known.hint].filter(Boolean).join(" "), "wrong") }
    voices = known.voices
    for (const row of rows) {
      const list = row.querySelector("select"), now = list.value
      list.append(...voices.filter(one => one.name !== now).map(one => make("option", { value: one.name }, `${one.name} (${[one.language, has(`gender.${one.gender}`) ? say(`gender.${one.gender}`) : ""].filter(Boolean).join(", ")})`)))
    }
    tell(count("voices", voices.length))
  }

  async function hear(row, voice) {
    tell(say("speaking"))
    const hearing = player.grow(), part = key => ({ key, pause: 0 })
    const made = await askAndHear(`${base}/audition`, { line: row.dataset.line, voice }, one => hearing.clause(partOf({}, one)))
    if (!made) return hearing.fail()
    tell(say("voice.heard", { voice: made.voice }))
    hearing.whole(part(made.key), made.begins)
  }

  for (const row of rows) {
    const list = row.querySelector("select"), { name } = row.dataset
    list?.addEventListener("focus", offer)
    list?.addEventListener("change", async () => {
      const done = await ask(`${base}/revoice`, { name, voice: list.value })
      if (!done) return void (list.value = row.dataset.voice)
      row.dataset.voice = list.value
      tell(count("respoken", done.count))
    })
    row.querySelector(".hear")?.addEventListener("click", () => list.value ? hear(row, list.value) : offer())
    row.querySelector(".use")?.addEventListener("click", async () => again(await ask(`${base}/revoice`, { name, voice: row.dataset.series })))
    row.querySelector(".keep")?.addEventListener("click", async () => again(await ask(`${base}/series`, { name, voice: row.dataset.voice })))
  }
  byId("undo-cast").addEventListener("click", async () => {
    const done = await ask(`${base}/undo`, {})
    if (done && !done.what) tell(say("undo.nothing"))
    else again(done)
  })
  document.body.classList.add("ready")
}

begin()
