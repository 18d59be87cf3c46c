// A run that is at work, as the pages that follow it show it.

import { make } from "./dom.js"
import { ask, tell } from "./tell.js"
import { count, has, say } from "./words.js"

const stageOf = row => row.state === "starting" ? say("stage.starting") : has(`stage.${row.stage}`) ? say(`stage.${row.stage}`) : row.stage

/** How far a run is, in words. */
function progressOf(row) {
  const parts = []
  if (row.stage === "Speaking" && row.lines) parts.push(say("run.lines", { done: row.done, lines: row.lines }))
  else if (row.detail && row.stage !== "Speaking") parts.push(row.detail)
  if (row.stage === "Speaking") parts.push(row.eta === null ? say("run.measuring") : count("left", Math.max(1, Math.ceil(row.eta / 60))))
  return parts.join(" · ")
}

/** A card of a run that is at work, and how to bring it up to date. */
export function runCard(row, titled = true) {
  const stage = make("strong", {}), told = make("span", { class: "soft" }), bar = make("progress", { max: "1", "aria-label": say("run.progress") }), warned = make("p", { class: "soft" })
  const stop = make("button", { type: "button", onclick: async () => { stop.disabled = true; if (await ask("/jobs/stop", { book: row.book })) tell(say("run.stopping")); else stop.disabled = false } }, say("run.stop"))
  const card = make("article", { class: "run", "aria-label": row.title },
    titled ? make("h3", {}, make("a", { href: `/book/${row.book}` }, row.title)) : "",
    make("p", {}, stage, " ", told), bar, warned,
    make("p", { class: "doing" }, stop, make("a", { class: "button", href: `/book/${row.book}/script` }, say("do.open"))))
  const update = now => {
    stage.textContent = stageOf(now)
    told.textContent = progressOf(now)
    if (now.share === null) bar.removeAttribute("value")
    else bar.value = now.share
    warned.textContent = now.warnings.length ? count("warnings", now.warnings.length) : ""
  }
  update(row)
  return { card, update }
}
