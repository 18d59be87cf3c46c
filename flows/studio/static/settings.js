// Settings changed from the page: each by itself, as soon as it is; and what is left out of a source, read after all.

import { byId } from "./dom.js"
import { ask, tell } from "./tell.js"
import { loadWords, say } from "./words.js"

/** Numbers as the settings write them: 1-3,5. */
function ranges(numbers) {
  const parts = []
  for (const n of numbers) {
    const last = parts.at(-1)
    if (last && last[1] === n - 1) last[1] = n
    else parts.push([n, n])
  }
  return parts.map(([from, to]) => from === to ? `${from}` : `${from}-${to}`).join(",")
}

async function begin() {
  await loadWords()
  const address = `/book/${byId("settings").dataset.book}`
  const change = data => ask(`${address}/settings`, data)
  const again = async done => { if (done) location.reload() }

  for (const row of document.querySelectorAll(".setting")) {
    const { file, name, kind } = row.dataset, control = row.querySelector("input, select, textarea"), reset = row.querySelector(".reset")
    if (kind === "fixed") continue
    const read = () => kind === "switch" ? control.checked : control.value
    const put = text => { if (kind === "switch") control.checked = text === "true"; else control.value = text }
    let before = read()
    const save = async after => {
      const done = await change({ file, name, before, after })
      if (!done) return put(String(before))
      put(done.shown)
      before = read()
      row.querySelector(".at").textContent = done.line ? say("settings.line", { file, n: done.line }) : say("settings.default")
      reset.hidden = done.usual
      tell(say("settings.saved"))
    }
    control.addEventListener("change", () => save(read()))
    reset.addEventListener("click", () => { control.focus(); save(null) })
  }
  byId("undo-setting")?.addEventListener("click", async () => {
    const done = await ask(`${address}/undo`, {})
    if (done && !done.what) tell(say("undo.nothing"))
    else again(done)
  })
  for (const button of document.querySelectorAll("[data-set]")) {
    button.addEventListener("click", async () => again(await change({ name: button.dataset.set, after: button.dataset.to })))
  }
  byId("choose")?.addEventListener("click", async () => {
    const boxes = [...document.querySelectorAll("[data-chapter]")], chosen = boxes.filter(box => box.checked).map(box => Number(box.dataset.chapter))
    if (!chosen.length) return tell(say("source.none"), "wrong")
    again(await change({ name: "chapters", after: chosen.length === boxes.length ? null : ranges(chosen) }))
  })
  document.body.classList.add("ready")
}

begin()
