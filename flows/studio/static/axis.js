// The time axis of a dub, drawn: the shape of the original, and for each speaker three bars a line.

import { nameOf } from "./words.js"

const HEAD = 18, SHAPE = 44, LANE = 46, BAR = 8 // px
const LEAST = 3, MOST = 7 // lanes in sight
const STEPS = [0.5, 1, 2, 5, 10, 30, 60] // seconds between two marks
const APART = 90 // px between two marks

export class Axis {
  /** `chosen(line)`: called for a line that is clicked. */
  constructor(canvas, base, chosen) {
    this.canvas = canvas
    this.base = base
    this.scale = 100 // px a second
    this.start = 0
    this.now = null
    this.data = null
    this.loud = null
    this.step = 0.02
    new ResizeObserver(() => this.draw()).observe(canvas.parentElement)
    canvas.addEventListener("click", event => {
      const time = this.start + event.offsetX / this.scale, hit = this.inSight().filter(line => line.source[0] <= time + 0.1 && Math.max(line.source[1], line.plan.end) >= time - 0.1)
      const lane = Math.floor((event.offsetY - HEAD - SHAPE) / LANE)
      const found = hit.find(line => this.lanes[lane] === line.lane) ?? hit[0]
      if (found) chosen(found)
    })
    canvas.addEventListener("wheel", event => {
      event.preventDefault()
      this.start = Math.max(0, Math.min(this.data.seconds, this.start + (event.deltaX || event.deltaY) / this.scale))
      this.draw()
    }, { passive: false })
  }

  show(data) {
    this.data = data
    this.draw()
  }

  async shape(step) {
    this.step = step
    const answer = await fetch(`${this.base}/original/shape`)
    if (answer.ok) this.loud = new Uint8Array(await answer.arrayBuffer())
    this.draw()
  }

  zoom(scale) {
    const middle = this.start + this.canvas.clientWidth / this.scale / 2
    this.scale = scale
    this.start = Math.max(0, middle - this.canvas.clientWidth / scale / 2)
    if (this.line) this.select(this.line)
    else this.draw()
  }

  select(line) {
    this.line = line
    this.moved = null
    if (line) {
      const seconds = this.canvas.clientWidth / this.scale, first = Math.min(line.source[0], line.plan.start), last = Math.max(line.source[1], line.plan.end)
      if (first < this.start + 0.5 || last > this.start + seconds - 0.5) this.start = Math.max(0, first - seconds / 4)
    }
    this.draw()
  }

  /** Show a line at another start, before it is planned there. */
  preview(line, at) {
    this.moved = { line, at }
    this.draw()
  }

  at(time) {
    this.now = time
    const seconds = this.canvas.clientWidth / this.scale
    if (time !== null && (time < this.start || time > this.start + seconds)) this.start = Math.max(0, time - seconds / 4)
    this.draw()
  }

  inSight() {
    const end = this.start + this.canvas.clientWidth / this.scale
    return this.data ? this.data.lines.filter(line => Math.max(line.source[1], line.plan.end) > this.start && Math.min(line.source[0], line.plan.start) < end) : []
  }

  draw() {
    if (!this.data) return
    const { canvas } = this, scale = devicePixelRatio || 1, sight = this.inSight()
    const present = new Set(sight.map(line => line.lane))
    this.lanes = this.data.lanes.filter(lane => present.has(lane)).slice(0, MOST)
    const tall = HEAD + SHAPE + LANE * Math.max(LEAST, this.lanes.length)
    canvas.style.setProperty("height", `${tall}px`)
    const width = canvas.clientWidth
    canvas.width = Math.round(width * scale)
    canvas.height = Math.round(tall * scale)
    const pen = canvas.getContext("2d"), style = getComputedStyle(canvas), color = name => style.getPropertyValue(name)
    pen.scale(scale, scale)
    pen.font = `12px ${style.fontFamily}`
    const x = time => (time - this.start) * this.scale
    this.marks(pen, color, x, width, tall)
    this.sound(pen, color, width)
    this.lanes.forEach((lane, i) => {
      const top = HEAD + SHAPE + LANE * i
      pen.fillStyle = color("--line")
      pen.fillRect(0, top, width, 1)
      pen.fillStyle = color("--soft")
      pen.fillText(nameOf(lane), 6, top + 13)
      for (const line of sight) if (line.lane === lane) this.bars(pen, color, x, top, line)
    })
    if (this.now !== null) {
      pen.fillStyle = color("--accent")
      pen.fillRect(x(this.now), 0, 2, tall)
    }
  }

  marks(pen, color, x, width, tall) {
    const step = STEPS.find(seconds => seconds * this.scale >= APART) ?? STEPS.at(-1)
    for (let time = Math.ceil(this.start / step) * step; x(time) < width; time += step) {
      pen.fillStyle = color("--line")
      pen.fillRect(x(time), 0, 1, tall)
      pen.fillStyle = color("--soft")
      pen.fillText(`${Math.floor(time / 60)}:${(time % 60).toFixed(step < 1 ? 1 : 0).padStart(step < 1 ? 4 : 2, "0")}`, x(time) + 4, 13)
    }
  }

  sound(pen, color, width) {
    if (!this.loud) return
    pen.fillStyle = color("--bed")
    const middle = HEAD + SHAPE / 2
    for (let px = 0; px < width; px++) {
      const from = Math.floor((this.start + px / this.scale) / this.step), to = Math.max(from + 1, Math.floor((this.start + (px + 1) / this.scale) / this.step))
      let loud = 0
      for (let i = from; i < to && i < this.loud.length; i++) loud = Math.max(loud, this.loud[i])
      const tall = Math.max(1, (loud / 255) ** 0.7 * SHAPE * 0.9)
      pen.fillRect(px, middle - tall / 2, 1, tall)
    }
  }

  bars(pen, color, x, top, line) {
    const bar = (row, span, paint) => {
      pen.fillStyle = paint
      pen.beginPath()
      pen.roundRect(x(span[0]), top + 17 + (BAR + 1) * row, Math.max(2, x(span[1]) - x(span[0])), BAR, 3)
      pen.fill()
    }
    if (line === this.line) {
      const first = Math.min(line.source[0], line.plan.start), last = Math.max(line.source[1], line.plan.end)
      pen.fillStyle = color("--fill")
      pen.fillRect(x(first) - 4, top + 1, x(last) - x(first) + 8, LANE - 1)
    }
    bar(0, line.source, color("--bed"))
    const moved = this.moved?.line === line ? this.moved.at - line.plan.start : 0
    if (line.plan.placed) bar(1, [line.plan.start + moved, line.plan.end + moved], color(line.plan.excess_ms > 0 ? "--warn" : "--accent"))
    if (line.heard) bar(2, line.heard, color("--good"))
    if (line.locked !== null) {
      pen.fillStyle = color("--ink")
      pen.fillRect(x(line.plan.start + moved) - 1, top + 15, 2, 3 * BAR + 4)
    }
  }
}
