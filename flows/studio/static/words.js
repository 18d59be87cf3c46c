// What the page says, in the language of the person who opened it.

let texts = {}

export async function loadWords() {
  texts = await (await fetch("/words")).json()
}

/** A text with its values: {name} by name. */
export function say(key, values = {}) {
  return (texts[key] ?? key).replace(/\{(\w*)\}/g, (whole, name) => values[name] ?? whole)
}

/** A number of things: the first form of the text for one, the last for more. */
export function count(key, number) {
  const forms = (texts[`n.${key}`] ?? key).split("|")
  return forms[number === 1 ? 0 : forms.length - 1].replace("{n}", number.toLocaleString(texts.lang))
}

export function has(key) {
  return key in texts
}

export function nameOf(speaker) {
  return speaker === "narrator" ? say("narrator") : speaker === "unknown" ? say("unknown") : speaker
}
