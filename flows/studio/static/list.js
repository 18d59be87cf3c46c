// Twenty thousand lines, of which only those in sight are in the page.
//
// Heights are guessed by the letters of a line and measured once it is shown; rows are placed by their tops.

const OVER = 8 // rows beyond either edge
const GAP = 0

export class List {
  /** `box`: the scrolling element. `draw(item, index)`: the row of an item. */
  constructor(box, draw) {
    this.box = box
    this.draw = draw
    this.items = []
    this.current = -1
    this.drawn = new Map()
    this.sheet = document.createElement("div")
    this.sheet.className = "all"
    this.sheet.setAttribute("role", "presentation")
    box.append(this.sheet)
    let asked = false
    const soon = () => {
      if (asked) return
      asked = true
      requestAnimationFrame(() => { asked = false; this.paint() })
    }
    box.addEventListener("scroll", soon, { passive: true })
    new ResizeObserver(() => { if (box.clientWidth !== this.width) { this.width = box.clientWidth; this.guess(); this.repaint() } }).observe(box)
  }

  /** Show other items; `keep`: the index to be in sight. */
  show(items, keep = 0) {
    this.items = items
    this.width = this.box.clientWidth
    this.current = items.length ? Math.min(Math.max(0, keep), items.length - 1) : -1
    this.guess()
    this.repaint()
    if (this.current >= 0) this.see(this.current, "center")
  }

  guess() {
    const letters = Math.max(14, (Math.min(this.width, 720) - 60) / 9.2)
    this.heights = new Float64Array(this.items.length)
    this.tops = new Float64Array(this.items.length + 1)
    this.items.forEach((item, i) => {
      const wide = /[⺀-鿿]/.test(item.text) ? 1.9 : 1
      this.heights[i] = 20 + 27 * Math.max(1, Math.ceil(item.text.length * wide / letters)) + (item.first ? 24 : 0)
    })
    this.place(0)
  }

  place(from) {
    for (let i = from; i < this.items.length; i++) this.tops[i + 1] = this.tops[i] + this.heights[i] + GAP
    this.sheet.style.height = `${this.tops[this.items.length]}px`
  }

  /** The index of the row at a height. */
  at(y) {
    let low = 0, high = this.items.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.tops[middle] <= y) low = middle
      else high = middle - 1
    }
    return low
  }

  repaint() {
    for (const row of this.drawn.values()) row.remove()
    this.drawn.clear()
    this.paint()
  }

  paint() {
    if (!this.items.length) return
    const top = this.box.scrollTop, first = Math.max(0, this.at(top) - OVER)
    const last = Math.min(this.items.length - 1, this.at(top + this.box.clientHeight) + OVER)
    for (const [index, row] of this.drawn) if (index < first || index > last) { row.remove(); this.drawn.delete(index) }
    const fresh = []
    for (let i = first; i <= last; i++) {
      if (this.drawn.has(i)) continue
      const row = this.row(i)
      this.drawn.set(i, row)
      fresh.push(row)
    }
    this.sheet.append(...fresh)
    this.measure(top)
  }

  row(index) {
    const row = this.draw(this.items[index], index)
    row.setAttribute("role", "option")
    row.id = `row-${index}`
    row.setAttribute("aria-setsize", this.items.length)
    row.setAttribute("aria-posinset", index + 1)
    row.setAttribute("aria-selected", String(index === this.current))
    row.classList.toggle("current", index === this.current)
    row.dataset.index = index
    return row
  }

  /** Put what was measured in the place of what was guessed, without moving what a person looks at. */
  measure(top) {
    let changed = this.items.length, above = 0
    for (const [index, row] of this.drawn) {
      const height = row.offsetHeight
      if (height && Math.abs(height - this.heights[index]) > 0.5) {
        if (this.tops[index] + this.heights[index] <= top) above += height - this.heights[index]
        this.heights[index] = height
        changed = Math.min(changed, index)
      }
    }
    if (changed < this.items.length) this.place(changed)
    for (const [index, row] of this.drawn) row.style.transform = `translateY(${this.tops[index]}px)`
    if (above) this.box.scrollTop = top + above
  }

  /** Draw a row anew, because its item changed. */
  renew(index) {
    const old = this.drawn.get(index)
    if (!old) return
    const row = this.row(index)
    row.style.transform = old.style.transform
    old.replaceWith(row)
    this.drawn.set(index, row)
    this.measure(this.box.scrollTop)
  }

  /** Make a row the current one, in sight. */
  select(index, how = "nearest") {
    if (index < 0 || index >= this.items.length) return
    const before = this.current
    this.current = index
    this.see(index, how)
    for (const i of [before, index]) {
      const row = this.drawn.get(i)
      if (row) {
        row.classList.toggle("current", i === index)
        row.setAttribute("aria-selected", String(i === index))
      }
    }
    this.box.setAttribute("aria-activedescendant", `row-${index}`)
  }

  see(index, how) {
    const view = this.box.clientHeight
    for (let round = 0; round < 3; round++) {
      const top = this.tops[index], bottom = top + this.heights[index], margin = Math.min(90, view / 5)
      const now = this.box.scrollTop
      let wanted = now
      if (how === "center") wanted = top - (view - this.heights[index]) / 2.6
      else if (top < now + margin) wanted = top - margin
      else if (bottom > now + view - margin) wanted = bottom - view + margin
      this.box.scrollTop = wanted
      this.paint()
      if (this.tops[index] === top) break
    }
  }
}
