// The library: a file dropped or chosen becomes a project; words are looked for in every book.

import { byId, make } from "./dom.js"
import { tell } from "./tell.js"
import { count, loadWords, nameOf, say } from "./words.js"

const WAIT = 200 // ms after the last letter

async function bring(file) {
  if (!file) return
  tell(say("library.arriving", { name: file.name }))
  const answer = await fetch(`/arrive?name=${encodeURIComponent(file.name)}`, { method: "PUT", headers: { "x-duoyin": "1" }, body: file }).catch(() => null)
  const told = await answer?.json().catch(() => null)
  if (answer?.ok) location.assign(`/book/${told.book}/source`)
  else tell(answer?.status === 413 ? say("library.large") : [told?.problem, told?.hint].filter(Boolean).join(" ") || say("alone"), "wrong")
}

async function search(words) {
  const box = byId("hits")
  if (words.length < 2) return box.replaceChildren()
  const answer = await fetch(`/find?words=${encodeURIComponent(words)}`).catch(() => null)
  if (!answer?.ok || byId("search").value.trim() !== words) return
  const { hits, more } = await answer.json()
  box.replaceChildren(...hits.map(hit => make("li", {}, make("a", { href: `/book/${hit.book}/script#${hit.line}` }, make("strong", {}, hit.title), " ", make("span", { class: "soft" }, `${nameOf(hit.speaker)}: `), make("span", { lang: hit.language }, hit.text)))),
    make("li", { class: "soft" }, hits.length ? more ? say("library.more") : count("found", hits.length) : say("find.none")))
}

async function begin() {
  await loadWords()
  const drop = byId("drop"), file = byId("file"), find = byId("search")
  file.addEventListener("change", () => bring(file.files[0]))
  addEventListener("dragover", event => { event.preventDefault(); drop.classList.add("over") })
  addEventListener("dragleave", () => drop.classList.remove("over"))
  addEventListener("drop", event => { event.preventDefault(); drop.classList.remove("over"); bring(event.dataTransfer.files[0]) })
  find.addEventListener("input", () => { clearTimeout(begin.timer); begin.timer = setTimeout(() => search(find.value.trim()), WAIT) })
  addEventListener("keydown", event => { if (event.key === "/" && event.target === document.body) { event.preventDefault(); find.focus() } })
  document.body.classList.add("ready")
}

begin()
