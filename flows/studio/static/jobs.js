// What runs, what waits, what ended: read from the disk every second, so that a page opened later shows the same.

import { byId, make } from "./dom.js"
import { runCard } from "./run.js"
import { ask, tell } from "./tell.js"
import { count, loadWords, say } from "./words.js"

const LOOK = 1000 // ms
const LATER = 4000 // ms, while nobody looks at the page

const locale = () => say("lang")
const when = text => new Date(text).toLocaleString(locale(), { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" })

function clock(seconds) {
  const s = Math.max(0, Math.round(seconds)), pad = n => String(n).padStart(2, "0")
  return s >= 3600 ? `${Math.floor(s / 3600)}:${pad(Math.floor(s / 60) % 60)}:${pad(s % 60)}` : `${Math.floor(s / 60)}:${pad(s % 60)}`
}

class Page {
  constructor() {
    this.cards = new Map()
    this.drawn = {}
  }

  /** Draw a part of the page where what it shows has changed. */
  part(name, rows, draw) {
    const now = JSON.stringify(rows)
    if (this.drawn[name] === now) return
    this.drawn[name] = now
    byId(name).replaceChildren(...draw(rows))
  }

  show(state) {
    const at = new Set(state.running.map(row => row.book))
    for (const [book, { card }] of this.cards) if (!at.has(book)) { card.remove(); this.cards.delete(book) }
    for (const row of state.running) {
      if (this.cards.has(row.book)) this.cards.get(row.book).update(row)
      else {
        const made = runCard(row)
        this.cards.set(row.book, made)
        byId("running").append(made.card)
      }
    }
    byId("idle").hidden = state.running.length > 0
    this.part("waiting", state.waiting, rows => rows.length ? rows.map(row => this.waiting(row)) : [make("li", { class: "soft" }, say("jobs.waiting.none"))])
    this.part("past", state.past, rows => rows.map(row => this.past(row)))
    this.part("book", state.books.filter(row => row.product), rows => rows.map(row => make("option", { value: row.id }, row.title)))
    this.part("server", state.server, server => server ? this.server(server) : [])
    byId("where").hidden = !state.server
  }

  waiting(row) {
    const told = row.state === "failed" ? row.problem : row.state === "missed" ? say("jobs.missed", { at: when(row.missed) }) : row.state === "queued" ? say("jobs.queued") : row.daily ? say("jobs.nightly", { at: when(row.at) }) : when(row.at)
    return make("li", {}, make("span", {}, make("strong", {}, row.title), " ", make("span", { class: row.state === "planned" || row.state === "queued" ? "soft" : "wrong" }, told), row.daily && row.missed ? make("span", { class: "wrong" }, ` ${say("jobs.missed", { at: when(row.missed) })}`) : ""),
      make("button", { type: "button", class: "small", "aria-label": say("jobs.drop.of", { title: row.title }), onclick: () => ask("/jobs/drop", { start: row.id }).then(() => this.look()) }, say("jobs.drop")))
  }

  past(row) {
    return make("tr", {},
      make("th", { scope: "row" }, make("a", { href: `/book/${row.book}` }, row.title)),
      make("td", {}, make("span", { class: `state ${row.state}` }, say(`run.${row.state}`)), row.problem ? make("details", {}, make("summary", {}, say("run.why")), make("p", { class: "told" }, row.problem)) : "", row.warnings.length ? make("details", {}, make("summary", {}, count("warnings", row.warnings.length)), make("ul", {}, ...row.warnings.map(text => make("li", {}, text)))) : ""),
      make("td", {}, when(row.began)), make("td", { class: "n" }, clock(row.took)), make("td", { class: "n" }, row.done ? count("lines", row.done) : "–"))
  }

  server(server) {
    const parts = [make("h2", {}, say("jobs.server")), make("p", { class: "soft" }, server.problem || server.url)]
    for (const night of server.nights) {
      const time = make("input", { type: "time", value: night.clock || "01:00" }), on = make("input", { type: "checkbox", checked: night.active })
      const change = () => ask("/jobs/night", { schedule: night.id, active: on.checked, clock: time.value }).then(done => done && tell(say(on.checked ? "jobs.night.on" : "jobs.night.off")))
      on.addEventListener("change", change)
      time.addEventListener("change", change)
      parts.push(make("p", { class: "line" }, make("label", {}, on, ` ${say("jobs.night")}`), make("label", {}, make("span", { class: "unseen" }, say("jobs.time")), time), make("span", { class: "soft" }, night.timezone)), make("p", { class: "soft" }, say("jobs.night.says")))
    }
    const rows = server.runs.map(run => make("tr", {},
      make("th", { scope: "row" }, run.project || run.name), make("td", {}, run.late ? say("run.late") : say(`run.${run.state}`)), make("td", {}, run.at ? when(run.at) : ""),
      make("td", {}, ["planned", "running"].includes(run.state) ? make("button", { type: "button", class: "small", "aria-label": say("jobs.drop.of", { title: run.project || run.name }), onclick: () => ask("/jobs/cancel", { run: run.id }).then(() => this.look()) }, say(run.state === "running" ? "run.stop" : "jobs.drop")) : "")))
    if (rows.length) parts.push(make("table", {}, make("thead", {}, make("tr", {}, ...["jobs.book", "jobs.state", "jobs.when"].map(key => make("th", { scope: "col" }, say(key))), make("td", {}))), make("tbody", {}, ...rows)))
    return parts
  }

  async look() {
    const answer = await fetch("/jobs/state").catch(() => null)
    document.body.classList.toggle("alone", !answer?.ok)
    if (answer?.ok) this.show(await answer.json())
  }
}

async function begin() {
  await loadWords()
  const page = new Page(), at = byId("at")
  const later = () => { const chosen = byId("when").value; byId("clock").hidden = chosen === "now"; return chosen }
  byId("when").addEventListener("change", later)
  later()
  byId("begin").addEventListener("click", async () => {
    const chosen = later()
    const done = await ask("/jobs/start", { book: byId("book").value, at: chosen === "now" ? "" : at.value, daily: chosen === "daily", server: !byId("where").hidden && byId("on-server").checked })
    if (done) tell(say(`jobs.${done.state}`, { at: done.at ? when(done.at) : "" }))
    page.look()
  })
  await page.look()
  document.body.classList.add("ready")
  const again = async () => { await page.look(); setTimeout(again, document.hidden ? LATER : LOOK) }
  setTimeout(again, LOOK)
}

begin()
