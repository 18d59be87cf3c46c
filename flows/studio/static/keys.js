// One list of keys, keys.json, drives both what they do and the help.
//
// Single letters act only while the list of lines has the focus (WCAG 2.1.4), and can be changed. What an input method
// is composing is never taken from it.

import { make } from "./dom.js"
import { say } from "./words.js"

const STORE = "duoyin-keys"
const SHOWN = { Space: "␣", ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc", PageDown: "PgDn", PageUp: "PgUp" }

/** The name of the key that was pressed, as keys.json writes it. */
export function pressed(event) {
  const key = event.key === " " ? "Space" : event.key
  const letter = key.length === 1
  const parts = []
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl")
  if (event.altKey) parts.push("Alt")
  if (event.shiftKey && (!letter || /^\p{L}$/u.test(key))) parts.push("Shift")
  parts.push(letter && parts.includes("Shift") ? key.toUpperCase() : letter ? key.toLowerCase() : key)
  return parts.join("+")
}

/** Whether somebody writes in an element: what undoes there is the browser's. */
export const typing = element => ["INPUT", "TEXTAREA"].includes(element.tagName)

export class Keys {
  /** `rows`: what keys.json holds. `actions`: what to do, by action. `isHome`: whether an element is the list. */
  constructor(rows, actions, isHome) {
    this.rows = rows
    this.actions = actions
    this.isHome = isHome
    this.changed = JSON.parse(localStorage.getItem(STORE) ?? "{}")
    this.order()
  }

  keysOf(row) {
    return this.changed[row.action] ?? row.keys
  }

  order() {
    this.byKey = new Map()
    for (const row of this.rows) for (const key of this.keysOf(row)) this.byKey.set(key, row)
  }

  /** Does what a key says; returns whether it was one of ours. */
  handle(event) {
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return false
    const row = this.byKey.get(pressed(event))
    if (!row || !this.actions[row.action]) return false
    if (!row.everywhere && !this.isHome(event.target)) return false
    const heeded = this.actions[row.action](event)
    if (heeded === false) return false
    event.preventDefault()
    return true
  }

  /** The help: every key with what it does, and a way to have another. */
  help() {
    const rows = this.rows.filter(row => this.actions[row.action]), groups = [...new Set(rows.map(row => row.group))]
    return groups.map(group =>
      make("section", {},
        make("h3", {}, say(`keys.${group}`)),
        make("dl", { class: "keys" }, ...rows.filter(row => row.group === group).map(row => this.helpRow(row)))))
  }

  helpRow(row) {
    const caps = this.keysOf(row).map(key => make("kbd", {}, key.split("+").map(part => SHOWN[part] ?? part).join(" ")))
    const change = make("button", { type: "button", class: "small", "aria-label": say("keys.change.of", { what: say(`key.${row.action}`) }) }, say("keys.change"))
    const line = make("div", {}, make("dt", {}, ...caps), make("dd", {}, say(`key.${row.action}`)), change)
    change.addEventListener("click", () => {
      change.textContent = say("keys.press")
      const take = event => {
        if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) return
        event.preventDefault()
        event.stopPropagation()
        removeEventListener("keydown", take, true)
        if (event.key !== "Escape") this.change(row, pressed(event))
        line.replaceWith(this.helpRow(row))
      }
      addEventListener("keydown", take, true)
    })
    return line
  }

  change(row, key) {
    this.changed[row.action] = [key]
    localStorage.setItem(STORE, JSON.stringify(this.changed))
    this.order()
  }
}
