// A book's lines: hear them, find what is doubtful, mend it.

import { About } from "./about.js"
import { byId, make } from "./dom.js"
import { Edits } from "./edit.js"
import { Keys, typing } from "./keys.js"
import { List } from "./list.js"
import { Player, SPEEDS, soundOf } from "./player.js"
import { tell } from "./tell.js"
import { Wave } from "./wave.js"
import { count, loadWords, nameOf, say } from "./words.js"

const TINTS = 10
const MOST_FOUND = 5000
const OPTIONAL = ["say", "voice", "take", "sure", "speed", "edited", "out", "key", "seconds", "stale", "doubts", "weight"]

const book = byId("main").dataset.book
const base = `/book/${book}`
const box = byId("lines")
const state = { all: [], items: [], places: new Map(), chapters: [], speakers: [], tints: new Map(), filter: "all", find: "" }

let list, player, wave, about, keys, edits

const current = () => state.items[list.current] ?? null
const sourceOf = soundOf(base)

// -- lines ---------------------------------------------------------------------------------------

function take(data) {
  state.sequence = data.sequence
  state.chapters = data.chapters
  state.dub = data.dub
  state.speakers = data.speakers
  state.tints = new Map(data.speakers.map((row, i) => [row.name, row.name === "narrator" ? "0" : row.name === "unknown" ? "u" : 1 + (i - 1) % TINTS]))
  state.all = data.lines
  // where nothing is spoken yet, nobody has to be told so of every line
  state.heard = data.lines.filter(item => item.key).length > data.lines.length / 2
  arrange()
  if (data.problem) tell(data.problem, "wrong")
}

/** What follows from the order of lines: where chapters begin, when a speaker is named. */
function arrange() {
  let before = null
  state.all.forEach((item, i) => {
    item.at = i
    item.title = state.chapters[item.chapter] ?? ""
    item.tint = state.tints.get(item.speaker) ?? "0"
    item.first = !before || before.speaker !== item.speaker || before.chapter !== item.chapter
    before = item
  })
  state.places = new Map(state.all.map((item, i) => [item.id, i]))
  byId("doubt-count").textContent = state.all.reduce((sum, item) => sum + (item.doubts ? 1 : 0), 0)
}

/** Rows of the server in the place of those that are shown; of a line of which something newer is shown, not. */
function takeRows({ lines: rows, sequence }) {
  let changed = false
  for (const row of rows) {
    const at = state.places.get(row.id), item = state.all[at]
    if (!item || sequence < (item.sequence ?? state.sequence)) continue
    item.sequence = sequence
    if (Object.keys(row).every(name => JSON.stringify(row[name]) === JSON.stringify(item[name])) && OPTIONAL.every(name => name in row || !(name in item))) continue
    for (const name of OPTIONAL) if (!(name in row)) delete item[name]
    Object.assign(item, row)
    about.forget(row.id)
    changed = true
  }
  if (!changed) return
  if (rows.some(row => !state.tints.has(row.speaker))) for (const { speaker } of rows) if (!state.tints.has(speaker)) {
    state.speakers.push({ name: speaker, lines: 1, characters: 0 })
    state.tints.set(speaker, 1 + (state.speakers.length - 2) % TINTS)
  }
  arrange()
  list.repaint()
  moved()
}

function filtered() {
  if (state.filter === "doubts") return state.all.filter(item => item.doubts).sort((a, b) => b.weight - a.weight || a.at - b.at)
  if (state.find) {
    const wanted = state.find.toLocaleLowerCase()
    return state.all.filter(item => item.text.toLocaleLowerCase().includes(wanted) || nameOf(item.speaker).toLocaleLowerCase().includes(wanted)).slice(0, MOST_FOUND)
  }
  return state.all
}

function showLines(keepId = current()?.id) {
  state.items = filtered()
  const keep = state.items === state.all ? state.places.get(keepId) ?? 0 : Math.max(0, state.items.findIndex(item => item.id === keepId))
  list.show(state.items, keep)
  box.classList.toggle("empty", !state.items.length)
  box.dataset.empty = state.filter === "doubts" ? say("doubts.none") : state.find ? say("find.none") : say("lines.none")
  moved()
}

function drawRow(item) {
  const doubts = Object.keys(item.doubts ?? {})
  const named = item.speaker !== "narrator" && (item.first || state.items !== state.all)
  const marks = [
    doubts.includes("speaker") && make("span", { class: "tag speaker" }, say("doubt.speaker")),
    doubts.includes("sound") && make("span", { class: "tag sound" }, say("doubt.sound")),
    doubts.includes("mark") && make("span", { class: "tag marked" }, say("doubt.mark")),
    item.stale && make("span", { class: "tag edited" }, say("stale")),
    item.edited && !item.stale && make("span", { class: "tag edited" }, say("edited")),
    edits?.touched.has(item.id) && edits.touched.get(item.id).next_speaker !== item.speaker && make("span", { class: "tag next" }, say("touched.next", { who: nameOf(edits.touched.get(item.id).next_speaker) })),
    item.out && make("span", { class: "tag out" }, say("out")),
    !item.key && !item.out && state.heard && make("span", { class: "tag mute" }, say("unspoken")),
  ].filter(Boolean)
  return make("div", { class: `row ${item.kind} tint${item.tint}${item.first ? " first" : ""}${item.out ? " gone" : ""}${player.item?.id === item.id && player.playing ? " sounding" : ""}` },
    named ? make("span", { class: "who" }, nameOf(item.speaker)) : "",
    make("span", { class: "text", lang: item.language }, item.text),
    marks.length ? make("span", { class: "marks" }, ...marks) : "")
}

// -- moving and hearing ----------------------------------------------------------------------------

function moved() {
  const item = current()
  about.show(item, (one, details) => edits.panel(one, details))
  byId("chapter").value = item ? item.chapter : ""
  wave.show(item?.key ?? "", shapeTold)
  player.playing || player.ahead(item)
  byId("time").textContent = item?.seconds ? clock(item.seconds) : ""
  clearTimeout(moved.timer)
  if (item) moved.timer = setTimeout(() => history.replaceState(null, "", `#${item.id}`), 400)
}

function go(index, how = "nearest") {
  if (index < 0 || index >= state.items.length) return
  list.select(index, how)
  moved()
}

function goTo(id) {
  if (!state.places.has(id)) return
  if (!state.items.some(item => item.id === id)) setFilter("all", id)
  go(state.items.findIndex(item => item.id === id), "center")
}

const queue = () => state.all.filter(item => item.doubts).sort((a, b) => b.weight - a.weight || a.at - b.at)

/** Go to the doubtful line after this one, by what is at stake, and hear it among its neighbours. */
function nextDoubt(step, from = current()) {
  const order = queue()
  if (!order.length) return tell(say("doubts.none"))
  const at = order.indexOf(from)
  if (at < 0 && from?.weighed !== undefined) {
    // it was doubtful a moment ago: go on behind its place
    const next = order.find(item => item.weight <= from.weighed) ?? order[0]
    from = null
    return toDoubt(next, order)
  }
  const item = order[at < 0 ? 0 : at + step]
  if (!item) return tell(say(step > 0 ? "doubts.end" : "doubts.begin"))
  toDoubt(item, order)
}

function toDoubt(item, order) {
  item.weighed = item.weight
  goTo(item.id)
  tell(say("doubts.place", { n: order.indexOf(item) + 1, of: order.length }))
  playAround(item)
}

const neighbour = (item, step) => {
  const found = state.all[item.at + step]
  return found && found.chapter === item.chapter ? found : null
}
const playAround = item => item && play([neighbour(item, -1), item, neighbour(item, 1)].filter(Boolean), item)

function play(items, wanted = items[0], from = 0) {
  if (!wanted) return
  if (!sourceOf(wanted)) return tell(say("unspoken.says"))
  player.follow = false
  player.play(items, from)
}

function toggle() {
  if (player.playing) { player.stop(); heard() } else play([current()])
}

function playOn() {
  if (player.playing) { player.stop(); heard(); return }
  const item = current()
  if (!item) return
  play(state.all.slice(item.at).filter(one => !one.out), item)
  player.follow = true
}

function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`
}

/** What a waveform shows, for those who do not see it. */
function shapeTold(data) {
  if (!data) return say("wave.none")
  const pairs = data.peaks.length / 2, quiet = []
  let begin = -1
  for (let i = 0; i <= pairs; i++) {
    const silent = i < pairs && Math.max(data.peaks[2 * i + 1], -data.peaks[2 * i]) < 3
    if (silent && begin < 0) begin = i
    if (!silent && begin >= 0) {
      if (begin && i < pairs && (i - begin) * data.step >= 0.25) quiet.push((begin * data.step).toFixed(1))
      begin = -1
    }
  }
  return say("wave.says", { seconds: data.seconds.toFixed(1), pauses: quiet.length ? say("wave.pauses", { places: quiet.join(", ") }) : say("wave.no-pauses") })
}

/** The look of what sounds and what does not. */
function heard() {
  document.body.classList.toggle("playing", player.playing)
  byId("play").setAttribute("aria-label", say(player.playing ? "pause" : "key.play"))
  byId("on").setAttribute("aria-pressed", String(player.playing && player.follow))
  for (const [index, row] of list.drawn) row.classList.toggle("sounding", player.playing && state.items[index].id === player.item?.id)
}

const playing = {
  begin(item) {
    if (player.follow && state.items === state.all && current() !== item) go(item.at)
    wave.show(item.key, shapeTold)
    heard()
  },
  time() {
    const { currentTime, duration } = player.now
    const whole = Number.isFinite(duration) ? duration : 0 // a sound that is still made has no end yet
    if (whole) wave.draw(currentTime / whole)
    byId("time").textContent = whole ? `${clock(currentTime)} / ${clock(whole)}` : clock(currentTime)
  },
  end() { wave.draw(0); heard() },
  fail(item) { tell(say("sound.fails", { text: item?.text.slice(0, 40) ?? "" }), "wrong"); player.stop(); heard() },
}

// -- what the page is told -------------------------------------------------------------------------

function listen(seen) {
  const news = new EventSource(`${base}/events?seen=${seen}`)
  news.addEventListener("lines", event => {
    takeRows(JSON.parse(event.data))
  })
  news.addEventListener("reread", reread)
  news.addEventListener("error", () => document.body.classList.add("alone"))
  news.addEventListener("open", () => document.body.classList.remove("alone"))
}

async function reread() {
  const id = current()?.id
  take(await (await fetch(`${base}/lines`)).json())
  about.details.clear()
  showLines(id)
}

// -- the page --------------------------------------------------------------------------------------

function setFilter(filter, keep) {
  state.filter = filter
  if (filter === "doubts") { state.find = ""; byId("find").value = "" }
  byId("show-all").setAttribute("aria-pressed", String(filter === "all"))
  byId("show-doubts").setAttribute("aria-pressed", String(filter === "doubts"))
  showLines(keep)
}

const actions = {
  play: toggle,
  "play-on": playOn,
  "play-line": () => play([current()]),
  "play-around": () => playAround(current()),
  "play-before": () => { const item = current() && neighbour(current(), -1); if (item) play([item]) },
  "play-after": () => { const item = current() && neighbour(current(), 1); if (item) play([item]) },
  "play-end": () => current()?.key && player.tail(current()),
  next: () => go(list.current + 1),
  previous: () => go(list.current - 1),
  "next-doubt": () => nextDoubt(1),
  "previous-doubt": () => nextDoubt(-1),
  "page-down": () => go(Math.min(state.items.length - 1, list.at(list.tops[list.current] + box.clientHeight * 0.8))),
  "page-up": () => go(list.at(Math.max(0, list.tops[list.current] - box.clientHeight * 0.8))),
  first: () => go(0),
  last: () => go(state.items.length - 1),
  find: () => byId("find").focus(),
  confirm: async () => {
    const item = current()
    if (!item) return
    if (item.doubts && !(await edits.confirm(item))) return
    if (item.doubts || queue().length) nextDoubt(1, item)
    else go(list.current + 1)
  },
  "speaker-other": () => current() && edits.other(current()),
  "edit-text": () => current() && !current().out && edits.text(current()),
  "edit-reading": () => current() && !current().out && edits.reading(current()),
  speak: () => edits.speak(current()),
  voice: () => current() && !current().out && edits.voice(current()),
  "take-before": () => current() && edits.step(current(), -1),
  "take-after": () => current() && edits.step(current(), 1),
  out: () => edits.out(current()),
  mark: () => edits.mark(current()),
  join: () => current() && edits.join(current()),
  split: () => edits.split(current()),
  "pause-less": () => edits.pause(current(), -1),
  "pause-more": () => edits.pause(current(), 1),
  undo: event => (typing(event.target) ? false : void edits.turn("undo")),
  redo: event => (typing(event.target) ? false : void edits.turn("redo")),
  replace: () => edits.replace(),
  "speaker-0": () => edits.speaker(current(), "narrator"),
  ...Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`speaker-${i + 1}`, () => {
    const item = current(), name = item && edits.offered(item)[i]
    if (name) edits.speaker(item, name)
  }])),
  slower: () => speed(-1),
  faster: () => speed(1),
  help: openHelp,
  leave: event => {
    if (byId("help").open) return false
    if (event.target === byId("find")) { byId("find").value = ""; search() }
    box.focus()
  },
}

function speed(steps, value = null) {
  byId("speed").value = player.speed(steps, value)
  tell(say("speed.says", { n: player.rate }))
}

function openHelp() {
  byId("keys").replaceChildren(...keys.help())
  byId("help").showModal()
}

function search() {
  const find = byId("find").value.trim()
  if (find === state.find && state.filter === "all") return
  state.find = find
  setFilter("all", current()?.id)
  if (find) tell(count("found", state.items.length))
}

function wire() {
  byId("play").addEventListener("click", toggle)
  byId("on").addEventListener("click", playOn)
  byId("next-doubt").addEventListener("click", () => { nextDoubt(1); box.focus() })
  byId("show-all").addEventListener("click", () => setFilter("all"))
  byId("show-doubts").addEventListener("click", () => setFilter("doubts"))
  byId("help-button").addEventListener("click", openHelp)
  byId("help-close").addEventListener("click", () => byId("help").close())
  byId("help").addEventListener("close", () => box.focus())
  byId("find").addEventListener("input", () => { clearTimeout(search.timer); search.timer = setTimeout(search, 120) })
  byId("find").addEventListener("keydown", event => { if (event.key === "Enter" && !event.isComposing) { search(); box.focus() } })
  byId("speed").append(...SPEEDS.map(value => make("option", { value }, `${value} ×`)))
  byId("speed").value = player.rate
  byId("speed").addEventListener("change", event => speed(0, Number(event.target.value)))
  byId("chapter").append(...state.chapters.map((title, i) => make("option", { value: i }, title || say("chapter.n", { n: i + 1 }))))
  byId("chapter").addEventListener("change", event => {
    const item = state.all.find(one => one.chapter === Number(event.target.value))
    if (item) { goTo(item.id); box.focus() }
  })
  box.addEventListener("click", event => {
    const row = event.target.closest(".row")
    if (!row) return
    go(Number(row.dataset.index))
    if (String(getSelection()) === "" && current()?.key) play([current()])
  })
  byId("wave").addEventListener("click", event => {
    const item = current(), share = event.offsetX / event.target.clientWidth
    if (item?.key) play([item], item, share * (item.seconds || 0))
  })
  byId("undo").addEventListener("click", () => edits.turn("undo"))
  byId("redo").addEventListener("click", () => edits.turn("redo"))
  addEventListener("keydown", event => keys.handle(event))
  addEventListener("hashchange", () => goTo(location.hash.slice(1)))
  const session = navigator.mediaSession
  if (session) {
    session.setActionHandler("nexttrack", () => { go(list.current + 1); play([current()]) })
    session.setActionHandler("previoustrack", () => { go(list.current - 1); play([current()]) })
    session.setActionHandler("stop", () => edits.mark(current()))
    session.setActionHandler("play", toggle)
    session.setActionHandler("pause", toggle)
  }
}

async function begin() {
  const [data, rows] = await Promise.all([
    fetch(`${base}/lines`).then(answer => answer.json()),
    fetch(new URL("keys.json", import.meta.url)).then(answer => answer.json()),
    loadWords(),
  ])
  player = new Player(sourceOf, playing)
  list = new List(box, drawRow)
  wave = new Wave(byId("wave"), base)
  about = new About(byId("about"), base)
  edits = new Edits(base, { current, all: () => state.all, line: id => state.all[state.places.get(id)] ?? null, speakers: () => state.speakers, take: takeRows, goTo, home: () => box.focus(), fresh: id => about.forget(id), reread, dub: () => state.dub, redraw: () => { list.repaint(); moved() }, play: item => play([item]), grow: () => { player.follow = false; return player.grow() }, takes: async item => (await (await fetch(`${base}/line/${item.id}`)).json()).takes })
  keys = new Keys(rows, actions, element => element === box || element === document.body)
  if (!data.lines) return tell(data.problem ?? "", "wrong")
  take(data)
  const hash = location.hash.slice(1)
  if (hash === "doubts") setFilter("doubts")
  else showLines(hash)
  requestAnimationFrame(() => performance.mark("lines-shown"))
  wire()
  box.focus()
  listen(data.revision)
  document.body.classList.add("ready")
}

begin()
