// What is known of the line one looks at: who speaks and why, what is doubtful, how it sounds.

import { make } from "./dom.js"
import { count, has, nameOf, say } from "./words.js"

/** A finding of the listener in words. */
export function finding(row) {
  const key = row.said && row.heard ? `fault.${row.fault}.both` : row.said ? `fault.${row.fault}` : `fault.${row.fault}.bare`
  const told = [key, `fault.${row.fault}`, `fault.${row.fault}.bare`].find(has)
  const words = told ? say(told, { said: row.said, heard: row.heard }) : row.fault
  return row.end ? `${words} ${say("at", { time: row.start.toFixed(1) })}` : words
}

export class About {
  constructor(box, base) {
    this.box = box
    this.base = base
    this.details = new Map()
  }

  forget(id) {
    this.details.delete(id)
  }

  async show(item, extra = () => []) {
    this.item = item
    if (!item) return this.box.replaceChildren()
    this.draw(item, this.details.get(item.id), extra)
    if (this.details.has(item.id)) return
    clearTimeout(this.asking)
    this.asking = setTimeout(async () => {
      const answer = await fetch(`${this.base}/line/${item.id}`)
      if (!answer.ok) return
      this.details.set(item.id, await answer.json())
      if (this.item === item) this.draw(item, this.details.get(item.id), extra)
    }, 60)
  }

  draw(item, details, extra) {
    const doubts = Object.keys(item.doubts ?? {})
    const parts = [
      make("h2", { class: `who tint${item.tint}` }, nameOf(item.speaker)),
      make("p", { class: "soft" }, [item.title, item.seconds ? say("seconds", { n: item.seconds.toFixed(1) }) : say("unspoken")].filter(Boolean).join(" · ")),
    ]
    if (doubts.includes("speaker")) parts.push(this.note("speaker", say("doubt.speaker.says", { sure: Math.round(100 * item.sure), who: nameOf(item.speaker) }), details?.why))
    const verdict = details?.verdict
    if (doubts.includes("sound")) parts.push(this.note("sound", say("doubt.sound.says"), ...(verdict?.findings ?? []).map(finding), verdict?.heard ? say("heard.as", { heard: verdict.heard }) : ""))
    if (doubts.includes("mark")) parts.push(this.note("marked", say("doubt.mark.says")))
    if (!doubts.length && details?.why && item.speaker !== "narrator") parts.push(make("p", { class: "soft" }, say("why", { why: details.why })))
    if (item.say) parts.push(make("p", {}, make("span", { class: "soft" }, `${say("said")} `), make("span", { lang: item.language }, item.say)))
    if (item.out) parts.push(make("p", { class: "note" }, say("out.says")))
    if (item.edited) parts.push(make("p", { class: "soft" }, say("edited.says", { what: item.edited.map(field => say(`field.${field}`)).join(", ") })))
    parts.push(...extra(item, details))
    this.box.replaceChildren(...parts)
  }

  note(kind, title, ...rest) {
    const told = rest.filter(Boolean)
    return make("div", { class: `note ${kind}` }, make("strong", {}, title), told.length ? make("ul", {}, ...told.map(text => make("li", {}, text))) : "")
  }
}

export { count }
