// What is told to somebody at once, seen and heard; and requests whose faults are told so.

import { byId } from "./dom.js"
import { say } from "./words.js"

const SHOWN = 3500, SHOWN_WRONG = 9000 // ms

export function tell(text, kind = "") {
  const told = byId("told")
  told.textContent = text
  told.className = `told ${kind} shown`
  clearTimeout(tell.timer)
  tell.timer = setTimeout(() => told.classList.remove("shown"), kind === "wrong" ? SHOWN_WRONG : SHOWN)
}

/** Have something changed; null where that failed, and then it was told. */
export function ask(address, data) {
  return askAndHear(address, data, () => {})
}

/** As `ask`, where clauses of a line, or its growing sound, may be told before the answer: `each` gets them. */
export async function askAndHear(address, data, each) {
  let told
  try {
    const answer = await fetch(address, { method: "POST", headers: { "content-type": "application/json", "x-duoyin": "1" }, body: JSON.stringify(data) })
    told = await answerOf(answer.body, each)
    if (answer.ok && !("problem" in told && "hint" in told)) return told
  } catch {
    told = { problem: say("alone") }
  }
  const clash = told.now?.[0] // somebody else changed the same meanwhile
  tell(clash ? say("clash", { what: say(`field.${clash.field}`), now: String(clash.value), yours: String(data.changes?.[0]?.after ?? "") }) : [told.problem, told.hint].filter(Boolean).join(" "), "wrong")
  return null
}

/** The answer of a body of JSON lines; those that come before it go to `each` at once. */
async function answerOf(body, each) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let text = "", answer = {}
  const take = line => {
    const row = JSON.parse(line)
    if ("clause" in row || "sound" in row) each(row)
    else answer = row
  }
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const lines = (text + read.value).split("\n")
    text = lines.pop()
    lines.filter(Boolean).forEach(take)
  }
  if (text) take(text)
  return answer
}
