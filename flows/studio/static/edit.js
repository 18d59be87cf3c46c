// What a person changes of a line. Each change says what the person saw, so that two pages never undo each other's work;
// and each waits for the one before it, so that quick fingers don't either.

import { make } from "./dom.js"
import { partOf } from "./player.js"
import { ask, askAndHear, tell } from "./tell.js"
import { Turns } from "./turns.js"
import { count, has, nameOf, say } from "./words.js"

const NEAR = 14 // lines before and after in which a speaker is likely
const OFFERED = 9 // one digit each
const SHORTEST_PAUSE = 0.05
const SHOWN = 40 // characters of a line that is only named
const MOST_TOUCHED = 12
const HAN = /[\u2E80-\u9FFF]/ // between such lines no space is written
const CLAUSE = /[,;:.!?…—，；：。！？、]+[”’」』）)]*\s*/g

export class Edits {
  /** `base`: address of the book. `page`: `current()`, `all()`, `line(id)`, `speakers()`, `take(told)`, `home()`,
   *  `goTo(id)`, `fresh(id)`, `reread()`, `dub()`, `redraw()`, `takes(item)`, `play(item)`, `grow()`. */
  constructor(base, page) {
    this.base = base
    this.page = page
    this.turns = new Turns()
    this.pausing = null // changes of a pause that wait for their turn
    this.touched = new Map() // what the next run has otherwise, by line
  }

  send(path, data) {
    return ask(`${this.base}/${path}`, data)
  }

  /** Do something to a line when what was done before it is answered: `act` gets the line as that left it. */
  inTurn(item, act) {
    return this.turns.take(() => {
      const now = this.page.line(item.id)
      return now ? act(now) : null // a line that was joined or taken back meanwhile
    })
  }

  /** Change fields of lines: [item, field, before, after]. */
  async change(changes, kind = "script") {
    const told = await this.send("edit", { kind, changes: changes.map(([item, field, before, after]) => ({ line: item.id, field, before, after })) })
    if (told) await this.taken(told)
    if (told && changes.some(([, field]) => field === "speaker")) this.foresee()
    return told
  }

  /** Show what an answer says of lines; where there are more or fewer now, all of them. */
  async taken(told) {
    this.page.take(told)
    if (told.parts) await this.page.reread()
  }

  async turn(way) {
    const told = await this.turns.take(async () => {
      const told = await this.send(way, {})
      if (told) await this.taken(told)
      return told
    })
    if (!told) return
    if (!told.what) return tell(say(`${way}.nothing`))
    if (told.lines[0]) this.page.goTo(told.lines[0].id)
    tell(say(`${way}.says`, { what: say(`field.${told.what}`) }))
    if (told.what === "speaker") this.foresee()
  }

  /** Look which other lines the next run gives to somebody else, now that this is said; only the last question counts. */
  async foresee() {
    this.asked = true
    if (this.looking) return
    this.looking = true
    while (this.asked) {
      this.asked = false
      const answer = await fetch(`${this.base}/touched`).catch(() => null)
      const found = await answer?.json().catch(() => null)
      this.wrong = answer?.ok ? "" : [found?.problem, found?.hint].filter(Boolean).join(" ") || say("alone")
      this.touched = new Map((answer?.ok ? found.lines : []).map(row => [row.line, row]))
    }
    this.looking = false
    this.page.redraw()
    if (this.touched.size) tell(count("touched", this.touched.size))
  }

  /** What the next run has otherwise because of what was said: each line a way to it, and a way back. */
  also() {
    if (this.wrong) return make("p", { class: "soft" }, this.wrong)
    if (!this.touched.size) return ""
    const all = this.page.all()
    const rows = all.filter(item => this.touched.has(item.id))
    const line = item => {
      const { next_speaker, next_voice, voice } = this.touched.get(item.id)
      const who = next_speaker === item.speaker ? nameOf(item.speaker) : say("touched.line", { one: nameOf(item.speaker), two: nameOf(next_speaker) })
      return make("li", {}, make("button", { type: "button", class: "plain", onclick: () => { this.page.goTo(item.id); this.page.home() } },
        make("span", { lang: item.language }, item.text.slice(0, SHOWN)), make("span", { class: "soft" }, next_voice !== voice ? `${who} · ${next_voice}` : who)))
    }
    return make("section", { class: "touched" }, make("h3", {}, count("touched", rows.length)),
      make("ul", {}, ...rows.slice(0, MOST_TOUCHED).map(line)),
      rows.length > MOST_TOUCHED ? make("p", { class: "soft" }, count("touched.more", rows.length - MOST_TOUCHED)) : "",
      make("p", { class: "doing" }, this.button("key.undo", "Ctrl Z", () => this.turn("undo").then(() => this.page.home()))))
  }

  // -- speakers -------------------------------------------------------------------------------------

  /** Who may speak a line: who does, who speaks around it, then who speaks most. */
  offered(item) {
    const names = new Set(item.speaker === "narrator" ? [] : [item.speaker])
    const all = this.page.all()
    for (let step = 1; step <= NEAR; step++) {
      for (const other of [all[item.at - step], all[item.at + step]]) if (other && other.chapter === item.chapter) names.add(other.speaker)
    }
    for (const row of this.page.speakers()) names.add(row.name)
    names.delete("narrator")
    return [...names].slice(0, OFFERED)
  }

  async speaker(item, name) {
    if (!item) return
    return this.inTurn(item, async item => {
      if (item.out) return
      if (name === item.speaker) return void (await this.reviewed(item))
      if (await this.change([[item, "speaker", item.speaker, name]])) tell(say("speaker.set", { who: nameOf(name) }))
    })
  }

  async confirm(item) {
    return Boolean(item && await this.inTurn(item, item => this.reviewed(item)))
  }

  async reviewed(item) {
    const doubts = Object.entries(item.doubts ?? {})
    if (!doubts.length) return false
    const done = await this.change(doubts.map(([kind, about]) => [item, kind, null, about]), "reviewed")
    if (done) tell(say("confirmed"))
    return Boolean(done)
  }

  /** Mark a line to come back to, among the doubtful ones; or take the mark off. */
  async mark(item) {
    if (!item) return
    return this.inTurn(item, async item => {
      if (item.out) return
      const mark = item.doubts?.mark
      const done = await this.change([[item, "mark", null, mark ?? String(Date.now())]], mark ? "reviewed" : "marked")
      if (done) tell(say(mark ? "mark.off" : "mark.on"))
    })
  }

  // -- the rest -------------------------------------------------------------------------------------

  /** Make the pause after a line longer or shorter. A key that is held down is one change while another is answered. */
  pause(item, step) {
    if (!item) return
    const same = this.pausing?.line === item.id ? this.pausing : null
    if (same) return void (same.steps += step)
    const mine = this.pausing = { line: item.id, steps: step }
    return this.inTurn(item, async item => {
      if (this.pausing === mine) this.pausing = null
      const after = Math.max(0, Math.round((item.pause + mine.steps * SHORTEST_PAUSE) * 1000) / 1000)
      if (!item.out && after !== item.pause) await this.change([[item, "pause", item.pause, after]])
    })
  }

  async out(item) {
    if (!item) return
    return this.inTurn(item, async item => {
      const out = !item.out
      if (await this.change([[item, "out", !out, out]])) tell(say(out ? "out.done" : "out.back"))
    })
  }

  /** Join a line with the one after it: its words come here, and it is left out. */
  async join(item) {
    return this.inTurn(item, item => this.joined(item))
  }

  async joined(item) {
    const next = this.page.all()[item.at + 1]
    if (!next || next.out || item.out || next.chapter !== item.chapter) return tell(say("join.none"))
    const space = HAN.test(item.text) && HAN.test(next.text) ? "" : " "
    const both = name => (item[name] || item.text) + space + (next[name] || next.text)
    const changes = [[item, "text", item.text, both("text")], [item, "pause", item.pause, next.pause], [next, "out", false, true]]
    if (item.say || next.say) changes.push([item, "say", item.say ?? "", both("say")])
    if (await this.change(changes)) tell(say("joined"))
  }

  /** Make two lines of one, where the caret stands. */
  split(item) {
    if (!item || item.out) return
    if (this.page.dub()) return tell(say("split.dub"))
    const parts = make("p", { class: "soft", role: "status" })
    const field = text => {
      const area = make("textarea", { rows: "4", lang: item.language, "aria-readonly": "true" })
      area.value = text
      area.addEventListener("beforeinput", event => event.preventDefault()) // a caret, but no typing
      for (const kind of ["keyup", "click", "select"]) area.addEventListener(kind, show)
      return area
    }
    const first = area => area.value.slice(0, area.selectionStart)
    const show = () => {
      const cut = words.selectionStart
      parts.textContent = say("split.parts", { one: words.value.slice(0, cut).trim().slice(-SHOWN), two: words.value.slice(cut).trim().slice(0, SHOWN) })
    }
    const words = field(item.text), spoken = item.say ? field(item.say) : null
    this.form(say("split"), [[say("text.printed"), words], ...(spoken ? [[say("text.said"), spoken]] : [])], async () => {
      const told = await this.turns.take(async () => {
        const told = await this.send("split", { line: item.id, text: first(words), said: spoken ? first(spoken) : "" })
        if (told) await this.taken(told)
        return told
      })
      if (!told) return false
      tell(say("split.done"))
    }, parts, make("p", { class: "soft" }, say("split.help")))
    for (const area of [words, spoken]) if (area) area.setSelectionRange(...Array(2).fill(middle(area.value)))
    show()
  }

  // -- sound ----------------------------------------------------------------------------------------

  /** Have the line spoken as it stands, or another take of it, and hear it. */
  async speak(item) {
    if (!item || item.out || this.speaking) return
    this.speaking = true
    await this.turns.take(() => {}) // the line as it is when all that was done before is answered
    tell(say("speaking"))
    const hearing = this.page.grow()
    const told = await askAndHear(`${this.base}/speak`, { line: item.id }, row => {
      tell(say(row.sound ? "speaking.sound" : "speaking.clause"))
      hearing.clause(partOf(item, row))
    })
    this.speaking = false
    if (!told) return hearing.fail()
    this.page.fresh(item.id)
    this.page.take(told)
    tell(say("spoken.take", { n: told.made.take, seconds: told.made.seconds.toFixed(1) }))
    hearing.whole(item, told.made.begins)
  }

  /** Use another take of the line, and hear it. */
  choose(item, take) {
    return this.inTurn(item, item => this.chosen(item, take))
  }

  async chosen(item, take) {
    if (take !== (item.take ?? 1) && !(await this.change([[item, "take", item.take ?? 0, take]]))) return
    this.page.fresh(item.id)
    this.page.play(item)
  }

  step(item, by) {
    return this.inTurn(item, async item => {
      const takes = await this.page.takes(item)
      const at = takes.findIndex(one => one.take === (item.take ?? 1))
      if (!takes[at + by]) return tell(say("takes.none"))
      await this.chosen(item, takes[at + by].take)
      tell(say("take.n", { n: takes[at + by].take }))
    })
  }

  sound(item, details) {
    const takes = details?.takes ?? []
    return make("section", {}, make("h3", {}, say("sound.of")),
      item.stale ? make("p", { class: "soft" }, say("stale.says")) : "",
      make("div", { class: "people", role: "group", "aria-label": say("sound.of") },
        ...(takes.length > 1 ? takes.map(one => make("button", { type: "button", class: "person", "aria-pressed": String(one.take === (item.take ?? 1)), onclick: () => this.choose(item, one.take).then(() => this.page.home()) }, say("take.n", { n: one.take }))) : []),
        this.button(item.key && !item.stale ? "take.again" : "take.first", "T", () => this.speak(item)),
        this.button("voice", "V", () => this.voice(item))))
  }

  /** Hear the line in other voices, and give one to it or to who speaks it. */
  async voice(item) {
    tell(say("voices.wait"))
    const answer = await fetch(`${this.base}/voices`), known = await answer.json()
    if (!answer.ok) return tell([known.problem, known.hint].filter(Boolean).join(" "), "wrong")
    const seen = item.voice ?? "", now = seen || known.by_speaker[item.speaker] || known.by_speaker.unknown || ""
    const voice = make("select", {}, ...known.voices.map(one => make("option", { value: one.name, selected: one.name === now }, `${one.name} (${[one.language, has(`gender.${one.gender}`) ? say(`gender.${one.gender}`) : ""].filter(Boolean).join(", ")})`)))
    const scope = make("select", {}, make("option", { value: "all" }, say("voice.all", { who: nameOf(item.speaker) })), make("option", { value: "line" }, say("voice.line")))
    const told = make("p", { class: "soft", role: "status" }, say("voice.now", { voice: now }))
    const listen = async () => {
      told.textContent = say("speaking")
      const hearing = this.page.grow()
      const made = await askAndHear(`${this.base}/audition`, { line: item.id, voice: voice.value }, row => hearing.clause(partOf(item, row)))
      told.textContent = made ? say("voice.heard", { voice: made.voice }) : ""
      if (made) hearing.whole({ ...item, key: made.key }, made.begins)
      else hearing.fail()
    }
    voice.addEventListener("keydown", event => { if (event.key === " ") { event.preventDefault(); listen() } })
    this.form(say("voice"), [[say("voice"), voice], [say("voice.for"), scope]], async () => {
      if (scope.value === "line") return Boolean(await this.turns.take(() => this.change([[item, "voice", seen, voice.value]])))
      const done = await this.send("revoice", { name: item.speaker, voice: voice.value })
      if (done) tell(count("respoken", done.count))
      return Boolean(done)
    }, told, make("p", { class: "doing" }, make("button", { type: "button", onclick: listen }, say("voice.hear"), make("kbd", { "aria-hidden": "true" }, "␣"))))
  }

  // -- the panel ------------------------------------------------------------------------------------

  /** What the panel beside the lines offers for a line. */
  panel(item, details) {
    if (item.out) return [make("p", { class: "doing" }, this.button("out.undo", "x", () => this.out(item), "main"))]
    const doubtful = Boolean(item.doubts)
    return [
      make("section", {}, make("h3", {}, say("who.speaks")), this.people(item)),
      this.also(),
      make("p", { class: "doing" },
        doubtful ? this.button("confirm", "↵", () => this.confirm(item).then(() => this.page.home()), "main") : "",
        this.button("edit.text", "E", () => this.text(item)),
        this.button("edit.reading", "P", () => this.reading(item)),
        this.button("out.do", "X", () => this.out(item)),
        this.button(item.doubts?.mark ? "mark.take" : "mark.set", "M", () => this.mark(item)),
        this.button("join", "Ctrl J", () => this.join(item)),
        this.page.dub() ? "" : this.button("split", "Ctrl K", () => this.split(item))),
      this.sound(item, details),
      make("p", { class: "pause" }, make("span", {}, say("pause.after")),
        make("button", { type: "button", class: "small", "aria-label": say("key.pause-less"), onclick: () => this.pause(item, -1) }, "−"),
        make("output", {}, say("seconds", { n: item.pause.toFixed(2) })),
        make("button", { type: "button", class: "small", "aria-label": say("key.pause-more"), onclick: () => this.pause(item, 1) }, "+")),
    ]
  }

  button(key, cap, act, kind = "") {
    return make("button", { type: "button", class: kind, onclick: act }, say(key), make("kbd", { "aria-hidden": "true" }, cap))
  }

  people(item) {
    const tints = new Map(this.page.all().map(one => [one.speaker, one.tint]))
    const one = (name, cap) => make("button", { type: "button", class: `person tint${tints.get(name) ?? "0"}`, "aria-pressed": String(name === item.speaker), onclick: () => this.speaker(item, name).then(() => this.page.home()) }, make("kbd", { "aria-hidden": "true" }, cap), nameOf(name))
    return make("div", { class: "people", role: "group", "aria-label": say("who.speaks") }, one("narrator", "0"), ...this.offered(item).map((name, i) => one(name, String(i + 1))), this.button("who.other", "/", () => this.other(item)))
  }

  /** A small form over the page; `fields` are [label, control], `save` gets the controls. */
  form(title, fields, save, ...more) {
    const dialog = make("dialog", { class: "form", "aria-label": title })
    const close = () => { dialog.close(); dialog.remove(); this.page.home() }
    const go = async () => { if ((await save()) !== false) close() }
    dialog.append(make("h2", {}, title),
      ...fields.map(([label, control]) => make("label", {}, make("span", {}, label), control)), ...more,
      make("p", { class: "doing" }, make("button", { type: "button", class: "main", onclick: go }, say("save"), make("kbd", { "aria-hidden": "true" }, "Ctrl ↵")), make("button", { type: "button", onclick: close }, say("cancel"), make("kbd", { "aria-hidden": "true" }, "Esc"))))
    dialog.addEventListener("keydown", event => {
      if (event.isComposing) return
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey || event.target.tagName === "INPUT" || event.target.ariaReadOnly === "true")) { event.preventDefault(); event.stopPropagation(); go() }
      if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close() }
    })
    document.body.append(dialog)
    dialog.showModal()
    const first = fields[0][1]
    first.focus()
    first.select?.()
  }

  other(item) {
    const names = make("datalist", { id: "names" }, ...this.page.speakers().map(row => make("option", { value: row.name }, nameOf(row.name))))
    const name = make("input", { list: "names", autocomplete: "off" })
    this.form(say("who.speaks"), [[say("who.name"), name]], () => name.value.trim() ? this.speaker(item, name.value.trim()) : false, names)
  }

  text(item) {
    const text = make("textarea", { rows: "4", lang: item.language }), spoken = make("textarea", { rows: "2", lang: item.language, placeholder: say("said.as-printed") })
    const seen = { text: item.text, say: item.say ?? "" } // what another page makes of it meanwhile comes into the item
    text.value = seen.text
    spoken.value = seen.say
    this.form(say("edit.text"), [[say("text.printed"), text], [say("text.said"), spoken]], async () => {
      const changes = []
      if (text.value !== seen.text) changes.push([item, "text", seen.text, text.value])
      if (spoken.value.trim() !== seen.say) changes.push([item, "say", seen.say, spoken.value.trim()])
      return !changes.length || Boolean(await this.turns.take(() => this.change(changes)))
    })
  }

  /** How a word is read, here, by this speaker, in this chapter or everywhere. */
  reading(item) {
    const chosen = String(getSelection()).trim()
    const word = make("input", { lang: item.language, value: item.text.includes(chosen) ? chosen : "" }), reading = make("input", {})
    const scope = make("select", {}, ...["book", "chapter", "speaker"].map(value => make("option", { value }, say(`scope.${value}`))))
    const told = make("p", { class: "soft", role: "status" }, say("reading.help"))
    const entry = () => `${word.value.trim()} = ${notation(reading.value.trim())}${scope.value === "chapter" ? ` ; chapter=${item.chapter + 1}` : scope.value === "speaker" ? ` ; speaker=${item.speaker}` : ""}`
    const look = () => {
      clearTimeout(this.trying)
      this.trying = setTimeout(async () => {
        if (!word.value.trim() || !reading.value.trim()) return void (told.textContent = say("reading.help"))
        const answer = await fetch(`${this.base}/reading`, { method: "POST", headers: { "content-type": "application/json", "x-duoyin": "1" }, body: JSON.stringify({ entry: entry(), try: true }) })
        const found = await answer.json()
        told.textContent = answer.ok ? count("respoken", found.count) : [found.problem, found.hint].filter(Boolean).join(" ")
      }, 200)
    }
    for (const control of [word, reading, scope]) control.addEventListener("input", look)
    this.form(say("edit.reading"), [[say("reading.word"), word], [say("reading.as"), reading], [say("reading.scope"), scope]], async () => {
      if (!word.value.trim() || !reading.value.trim()) return false
      const done = await this.send("reading", { entry: entry() })
      if (done) tell(count("respoken", done.count))
      return Boolean(done)
    }, told)
  }

  /** Other words for the same ones, in every line that has them. */
  replace() {
    const from = make("input", {}), to = make("input", {}), told = make("p", { class: "soft", role: "status" }, say("replace.help"))
    const lines = () => from.value ? this.page.all().filter(item => !item.out && item.text.includes(from.value)) : []
    from.addEventListener("input", () => { told.textContent = count("found", lines().length) })
    this.form(say("replace"), [[say("replace.from"), from], [say("replace.to"), to]], async () => {
      if (!lines().length || from.value === to.value) return false
      const done = await this.turns.take(() => this.change(lines().map(item => [item, "text", item.text, item.text.replaceAll(from.value, to.value)])))
      if (done) tell(count("replaced", done.lines.length))
      return Boolean(done)
    }, told)
  }
}

/** A reading as the lexicon writes it: a spelling between quotes, pinyin and phonemes as they are. */
function notation(text) {
  if (/^["“/[]/.test(text) || /\d/.test(text)) return text
  return `"${text}"`
}

/** Where a line is likely to be cut: behind the mark nearest to its middle. */
function middle(text) {
  const ends = [...text.matchAll(CLAUSE)].map(mark => mark.index + mark[0].length).filter(end => end < text.length)
  return ends.sort((a, b) => Math.abs(a - text.length / 2) - Math.abs(b - text.length / 2))[0] ?? Math.floor(text.length / 2)
}
