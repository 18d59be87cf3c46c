// The sound of lines: one at a time, the next one fetched before it is needed.

import { Growing } from "./growing.js"

const SPEEDS = [0.75, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2]
const TAIL = 0.5 // seconds of "only the end"

/** The address of an item's sound in a book: of its take, or while that is made of what is there of it; "" for none. */
export const soundOf = base => item => item?.sound ? `${base}/heard/${item.sound}` : item?.key ? `${base}/take/${item.key}` : ""

/** What is told of a line while it is made, a clause or the name of its growing sound, as the player takes it. */
export const partOf = (item, row) => ({ ...item, key: row.clause ?? "", sound: row.sound, seconds: row.seconds, pause: 0 })

export class Player {
  /** `source(item)`: the address of an item's sound, "" for none. `on`: told of begin(item), time(), end(item). */
  constructor(source, on) {
    this.source = source
    this.on = on
    this.now = this.sound()
    this.next = this.sound()
    this.item = null
    this.queue = []
    this.waiting = 0
    this.growing = null // a line that is heard while it is made
    this.rate = Number(localStorage.getItem("duoyin-speed")) || 1
  }

  sound() {
    const audio = new Audio()
    audio.preload = "auto"
    audio.addEventListener("ended", () => audio === this.now && this.ended())
    audio.addEventListener("playing", () => audio === this.now && performance.mark("line-sounds"))
    audio.addEventListener("timeupdate", () => audio === this.now && this.on.time())
    audio.addEventListener("error", () => audio === this.now && audio.getAttribute("src") && this.on.fail(this.item))
    return audio
  }

  get playing() {
    return Boolean(this.waiting || this.growing?.begun) || (!this.now.paused && !this.now.ended)
  }

  /** Play items one after the other, with their pauses. `from`: seconds into the first, negative: before its end. */
  play(items, from = 0) {
    this.stop()
    this.queue = items.filter(item => this.source(item))
    this.step(from)
  }

  step(from = 0) {
    this.waiting = 0
    const item = this.queue.shift()
    if (!item) return this.on.end(this.item)
    this.item = item
    const address = this.source(item)
    if (this.next.getAttribute("src") === address) [this.now, this.next] = [this.next, this.now]
    else this.now.src = address
    this.now.playbackRate = this.rate
    this.now.preservesPitch = true
    const begin = () => { this.now.currentTime = from < 0 ? Math.max(0, (this.now.duration || 0) + from) : from }
    if (from && this.now.readyState < 1) this.now.addEventListener("loadedmetadata", begin, { once: true })
    else if (from || this.now.currentTime) begin()
    this.now.play().catch(error => { if (error.name !== "AbortError") this.on.fail(item) })
    this.on.begin(item)
    if (this.queue.length) this.ahead(this.queue[0])
  }

  /** Hear a line while it is made, clause by clause or as it comes. Returns what is to be called with each clause or the
   *  growing sound, and with the whole: that goes on where they end, unless somebody stopped. */
  grow() {
    this.stop()
    const line = this.growing = { begun: false, heard: 0, whole: null, begins: [], live: null }
    const mine = () => this.growing === line
    return {
      clause: item => {
        if (!mine()) return
        if (item.sound) return this.live(item, line)
        this.queue.push(item)
        if (line.begun && !this.idle) return this.ahead(this.queue[0])
        line.begun = true
        this.step()
      },
      whole: (item, begins) => {
        if (!mine()) return
        Object.assign(line, { whole: item, begins })
        if (!line.begun || (this.idle && !line.live)) this.rest()
      },
      fail: () => mine() && this.stop(),
    }
  }

  /** A line as it comes. */
  live(item, line) {
    const over = () => {
      if (this.growing !== line) return
      line.live = null
      line.heard += 1
      if (line.whole) this.rest()
    }
    line.begun = true
    line.live = new Growing(this.source(item), { end: over, fail: () => { if (this.growing === line) this.on.fail(item) } })
    this.item = item
    this.on.begin(item)
  }

  get idle() {
    return this.now.paused || this.now.ended
  }

  /** What no clause had of a line that is there now. */
  rest() {
    const { whole, begins, heard } = this.growing
    this.growing = null
    if (heard && heard >= begins.length) return this.on.end(whole)
    this.play([whole], begins[heard] ?? 0)
  }

  /** Fetch a sound that is likely next. */
  ahead(item) {
    const address = item ? this.source(item) : ""
    if (address && this.next.getAttribute("src") !== address) this.next.src = address
  }

  ended() {
    if (this.growing) {
      this.growing.heard += 1
      if (this.growing.whole) this.rest()
      else if (this.queue.length) this.step()
      return
    }
    if (!this.queue.length) return this.on.end(this.item)
    this.waiting = setTimeout(() => this.step(), 1000 * (this.item.pause ?? 0) / this.rate)
  }

  stop() {
    this.growing?.live?.stop()
    this.growing = null
    clearTimeout(this.waiting)
    this.waiting = 0
    this.queue = []
    this.now.pause()
  }

  /** Change the tempo by a number of steps, or to a value; the pitch stays. */
  speed(steps, value = null) {
    const at = SPEEDS.indexOf(this.rate) < 0 ? 2 : SPEEDS.indexOf(this.rate)
    this.rate = value ?? SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, at + steps))]
    this.now.playbackRate = this.rate
    localStorage.setItem("duoyin-speed", this.rate)
    return this.rate
  }

  tail(item) {
    this.play([item], -TAIL)
  }
}

export { SPEEDS }
