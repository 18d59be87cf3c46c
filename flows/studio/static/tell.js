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
export async function ask(address, data) {
  let answer
  try {
    answer = await fetch(address, { method: "POST", headers: { "content-type": "application/json", "x-duoyin": "1" }, body: JSON.stringify(data) })
  } catch {
    tell(say("alone"), "wrong")
    return null
  }
  const told = await answer.json().catch(() => ({ problem: say("alone") }))
  if (answer.ok) return told
  const clash = told.now?.[0] // somebody else changed the same meanwhile
  tell(clash ? say("clash", { what: say(`field.${clash.field}`), now: String(clash.value), yours: String(data.changes?.[0]?.after ?? "") }) : [told.problem, told.hint].filter(Boolean).join(" "), "wrong")
  return null
}
