// The run of one book, on its own page: begun here, followed here.

import { byId, make } from "./dom.js"
import { runCard } from "./run.js"
import { ask, tell } from "./tell.js"
import { loadWords, say } from "./words.js"

const LOOK = 1000 // ms

async function begin() {
  await loadWords()
  const box = byId("making"), book = box.dataset.book
  let shown = null, running = false
  const start = byId("make")
  start.addEventListener("click", async () => {
    start.disabled = true
    const done = await ask("/jobs/start", { book })
    if (done) tell(say(`jobs.${done.state}`))
    await look()
    start.disabled = running
  })
  async function look() {
    const answer = await fetch(`/book/${book}/run`).catch(() => null)
    if (!answer?.ok) return
    const { run } = await answer.json(), before = running
    running = Boolean(run?.at_work)
    start.disabled = running || before // a click between a run's end and the new page would be lost
    if (running && shown) shown.update(run)
    else if (running) {
      shown = runCard(run, false)
      box.replaceChildren(shown.card)
    } else {
      shown = null
      if (before) location.reload() // what was made is on the page now
      else if (run?.problem) box.replaceChildren(make("details", { class: "wrong" }, make("summary", {}, say("run.last.failed")), make("p", { class: "told" }, run.problem)))
    }
  }
  await look()
  start.disabled = running
  document.body.classList.add("ready")
  const again = async () => { await look(); setTimeout(again, LOOK) }
  setTimeout(again, LOOK)
}

begin()
