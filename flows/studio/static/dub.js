// The timeline of a dub: where lines are, where they are planned, where they are heard; other words, other places.

import { Axis } from "./axis.js"
import { byId, make } from "./dom.js"
import { Keys, typing } from "./keys.js"
import { List } from "./list.js"
import { Scene } from "./scene.js"
import { ask, tell } from "./tell.js"
import { Turns } from "./turns.js"
import { count, loadWords, nameOf, say } from "./words.js"

const FINE = 0.01, COARSE = 0.1 // seconds of a nudge
const TRY = 150 // ms after the last letter
const FILE = "dub.yaml"

const base = `/book/${byId("main").dataset.book}`
const box = byId("lines")
const turns = new Turns() // quick fingers: each change is of the lines as the one before it left them
const state = { all: [], items: [], only: false, data: null }
let list, axis, keys, scene

const current = () => state.items[list.current] ?? null
const stamp = s => `${Math.floor(s / 60)}:${(s % 60).toFixed(2).padStart(5, "0")}`
const isLong = item => item.plan.excess_ms > 0 || !item.plan.placed
const isDoubtful = item => isLong(item) || item.why.length > 0

/** Why a line wants an eye or an ear. */
function reasons(item) {
  const told = []
  if (!item.plan.placed) told.push(say("dub.unplaced"))
  else if (item.plan.excess_ms > 0) told.push(say("dub.long", { ms: item.plan.excess_ms }))
  for (const why of item.why) if (["late", "early", "fast", "lost"].includes(why.what)) told.push(say(`dub.${why.what}`, { ms: why.ms ?? "", rate: why.rate?.toFixed(2) ?? "" }))
  return told
}

function drawRow(item) {
  const told = reasons(item)
  return make("div", { class: `row${scene.line === item && scene.playing ? " sounding" : ""}` },
    make("span", { class: "who" }, `${stamp(item.source[0])} · ${nameOf(item.speaker)}`),
    make("span", { class: "text", lang: item.language }, item.say || item.text),
    told.length || item.locked !== null ? make("span", { class: "marks" },
      item.locked !== null ? make("span", { class: "tag edited" }, say("dub.locked")) : "",
      told.length ? make("span", { class: "tag sound" }, told[0]) : "") : "")
}

// -- what is shown -----------------------------------------------------------------------------------

/** Read the lines anew. A person may go to another line meanwhile: the one that is chosen then stays, but for `wanted`. */
async function load(wanted) {
  const answer = await fetch(`${base}/timeline/lines`), data = await answer.json()
  if (!answer.ok) return tell([data.problem, data.hint].filter(Boolean).join(" "), "wrong")
  state.data = data
  state.all = data.lines.sort((a, b) => a.source[0] - b.source[0] || a.cue - b.cue)
  byId("estimate").hidden = data.measured
  byId("long-count").textContent = state.all.filter(isDoubtful).length
  show(wanted ?? current()?.id)
}

function show(keep = current()?.id) {
  state.items = state.only ? state.all.filter(isDoubtful) : state.all
  list.show(state.items, Math.max(0, state.items.findIndex(item => item.id === keep)))
  box.classList.toggle("empty", !state.items.length)
  box.dataset.empty = say(state.only ? "doubts.none" : "lines.none")
  axis.show(state.data)
  moved()
}

function moved() {
  const item = current()
  axis.select(item)
  panel(item)
  clearTimeout(moved.timer)
  if (item) moved.timer = setTimeout(() => history.replaceState(null, "", `#${item.id}`), 400)
}

function go(index) {
  if (index < 0 || index >= state.items.length) return
  list.select(index)
  moved()
}

const goTo = item => {
  if (!state.items.includes(item)) { state.only = false; byId("only-long").setAttribute("aria-pressed", "false"); show(item.id) }
  go(state.items.indexOf(item))
}

function nextLong(step) {
  const from = list.current, order = state.items
  for (let i = from + step; i >= 0 && i < order.length; i += step) if (isDoubtful(order[i])) return go(i)
  tell(say(state.all.some(isDoubtful) ? "doubts.end" : "doubts.none"))
}

// -- the panel ---------------------------------------------------------------------------------------

function panel(item) {
  if (!item) return byId("panel").replaceChildren()
  const times = [["dub.source", item.source], ["dub.plan", item.plan.placed ? [item.plan.start, item.plan.end] : null], ["dub.heard", item.heard]]
  const told = make("p", { class: "fit", role: "status" }), words = make("textarea", { id: "words", rows: "3", lang: item.language })
  words.value = item.say || item.text
  fitTold(told, { fits: !isLong(item), excess_ms: item.plan.excess_ms, rate: item.plan.rate })
  words.addEventListener("input", () => { clearTimeout(panel.timer); panel.timer = setTimeout(() => tryWords(item, words.value, told), TRY) })
  words.addEventListener("keydown", event => {
    if (event.isComposing) return
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); event.stopPropagation(); saveWords(item, words.value) }
  })
  const use = text => { words.value = text; tryWords(item, text, told); words.focus() }
  const sync = make("select", { id: "sync" }, ...[...document.querySelectorAll("template.sync")].map(one => make("option", { value: one.dataset.name, selected: one.dataset.name === item.sync }, one.content.textContent)))
  sync.addEventListener("change", () => setting(`sync_lines.${item.id}`, sync.value, "dub.synced"))
  byId("panel").replaceChildren(
    make("h2", {}, nameOf(item.speaker)), make("p", { class: "soft" }, say("dub.cue", { n: item.cue })),
    make("p", { lang: item.language }, item.text),
    ...reasons(item).map(text => make("p", { class: "note" }, text)),
    make("dl", { class: "times" }, ...times.flatMap(([key, span]) => [make("dt", {}, say(key)), make("dd", {}, span ? `${stamp(span[0])} – ${stamp(span[1])}` : "–")])),
    make("p", { class: "doing" }, button("key.play", "␣", () => play(item), "main"),
      button(item.locked === null ? "dub.lock" : "dub.unlock", "L", () => lock(item)),
      make("button", { type: "button", "aria-label": say("key.nudge-far-back"), onclick: () => nudge(item, -COARSE) }, "−100 ms"),
      make("button", { type: "button", "aria-label": say("key.nudge-far-on"), onclick: () => nudge(item, COARSE) }, "+100 ms")),
    make("label", {}, make("span", { class: "soft" }, say("dub.sync")), sync),
    make("label", {}, make("span", { class: "soft" }, say("dub.words")), words), told,
    item.alternatives.length ? make("div", { class: "people", role: "group", "aria-label": say("dub.alternatives") }, ...item.alternatives.map(text => make("button", { type: "button", lang: item.language, onclick: () => use(text) }, text))) : "",
    make("p", { class: "doing" }, button("dub.words.save", "Ctrl ↵", () => saveWords(item, words.value))))
}

const button = (key, cap, act, kind = "") => make("button", { type: "button", class: kind, onclick: act }, say(key), make("kbd", { "aria-hidden": "true" }, cap))

function fitTold(told, found) {
  told.textContent = found.fits ? say("dub.fits", { rate: found.rate.toFixed(2) }) : found.excess_ms ? say("dub.long", { ms: found.excess_ms }) : say("dub.unplaced")
  told.className = `fit ${found.fits ? "good" : "wrong"}`
}

async function tryWords(item, text, told) {
  if (!text.trim()) return
  const found = await ask(`${base}/timeline/try`, { line: item.id, text })
  if (found && told.isConnected && byId("words").value === text) fitTold(told, found)
}

// -- what is changed ---------------------------------------------------------------------------------

/** Change something in its turn; `act` gives what is told when it is done, nothing where it is not. */
function change(act) {
  return turns.take(async () => {
    const told = await act()
    if (!told) return
    tell(say(told))
    await load()
    box.focus()
  })
}

function saveWords(item, text) {
  const after = text.trim() === item.text.trim() ? "" : text.trim()
  if (after === item.say) return box.focus()
  return change(async () => await ask(`${base}/edit`, { changes: [{ line: item.id, field: "say", before: item.say, after }] }) && "dub.words.saved")
}

const setting = (name, after, told) => change(async () => await ask(`${base}/settings`, { file: FILE, name, after }) && told)

const lock = ({ id }) => change(async () => {
  const item = state.all.find(one => one.id === id), free = item?.locked === null
  return item && await ask(`${base}/settings`, { file: FILE, name: `locked.${id}`, after: free ? item.plan.start.toFixed(3) : null }) && (free ? "dub.lock.done" : "dub.unlock.done")
})

function nudge(item, by) {
  if (!item?.plan.placed) return
  const again = nudge.line === item.id && nudge.waits
  nudge.at = (again ? nudge.at : item.locked ?? item.plan.start) + by
  nudge.line = item.id
  if (again) clearTimeout(nudge.waits) // what waits for another line is done all the same
  const at = Math.max(0, Math.round(nudge.at * 1000) / 1000)
  axis.preview(item, at)
  tell(say("dub.nudged", { at: stamp(at) }))
  const mine = nudge.waits = setTimeout(async () => {
    await setting(`locked.${item.id}`, at.toFixed(3), "dub.lock.done")
    if (nudge.waits === mine) nudge.waits = 0 // the lines have it now
  }, 250)
}

const turn = way => turns.take(async () => {
  const told = await ask(`${base}/${way}`, {})
  if (!told) return
  tell(told.what ? say(`${way}.says`, { what: say(`field.${told.what}`) }) : say(`${way}.nothing`))
  if (told.what) await load()
})

const play = item => item && (scene.playing ? scene.stop() : scene.play(item, state.all))

const actions = {
  play: () => play(current()),
  next: () => go(list.current + 1),
  previous: () => go(list.current - 1),
  first: () => go(0),
  last: () => go(state.items.length - 1),
  "next-doubt": () => nextLong(1),
  "previous-doubt": () => nextLong(-1),
  "nudge-back": () => nudge(current(), -FINE),
  "nudge-on": () => nudge(current(), FINE),
  "nudge-far-back": () => nudge(current(), -COARSE),
  "nudge-far-on": () => nudge(current(), COARSE),
  lock: () => current() && lock(current()),
  "edit-text": () => byId("words")?.focus(),
  undo: event => (typing(event.target) ? false : void turn("undo")),
  redo: event => (typing(event.target) ? false : void turn("redo")),
  help: () => { byId("keys").replaceChildren(...keys.help()); byId("help").showModal() },
  leave: () => { if (byId("help").open || byId("gates")?.open) return false; box.focus() },
}

function dialog(name) {
  byId(`${name}-button`)?.addEventListener("click", () => name === "help" ? actions.help() : byId(name).showModal())
  byId(`${name}-close`)?.addEventListener("click", () => byId(name).close())
  byId(name)?.addEventListener("close", () => box.focus())
}

function wire() {
  byId("zoom").addEventListener("change", event => axis.zoom(Number(event.target.value)))
  byId("only-long").addEventListener("click", event => {
    state.only = !state.only
    event.currentTarget.setAttribute("aria-pressed", String(state.only))
    show()
  })
  dialog("help")
  dialog("gates")
  byId("undo").addEventListener("click", () => turn("undo"))
  byId("redo").addEventListener("click", () => turn("redo"))
  box.addEventListener("click", event => { const row = event.target.closest(".row"); if (row) go(Number(row.dataset.index)) })
  addEventListener("keydown", event => keys.handle(event))
  const news = new EventSource(`${base}/events`)
  for (const name of ["lines", "reread"]) news.addEventListener(name, () => { if (!typing(document.activeElement)) load() })
}

async function begin() {
  const [rows] = await Promise.all([fetch(new URL("keys.json", import.meta.url)).then(answer => answer.json()), loadWords()])
  scene = new Scene(base, byId("picture"), byId("picture-button"), { time: at => axis.at(at), change: () => list.repaint(), fail: () => tell(say("unspoken.says")) })
  list = new List(box, drawRow)
  axis = new Axis(byId("axis"), base, goTo)
  keys = new Keys(rows, actions, element => element === box || element === document.body)
  wire()
  await load(location.hash.slice(1))
  if (!state.data) return
  scene.film(state.data.video)
  if (state.data.video) axis.shape(state.data.step)
  byId("axis").setAttribute("aria-label", [say("dub.axis"), count("lines", state.all.length)].join(" "))
  box.focus()
  document.body.classList.add("ready")
}

begin()
