// A line of a dub heard in its place: the original low, with its picture, and every take at its planned time and tempo.

const LEAD = 1 // seconds before the line
const REST = 0.6 // seconds after it
const UNDER = 0.25 // loudness of the original below the takes

export class Scene {
  /** `on`: told of time(seconds or null), change(), fail(). */
  constructor(base, video, button, on) {
    this.base = base
    this.video = video
    this.button = button
    this.on = on
    this.takes = []
    this.timers = []
    button.addEventListener("click", () => this.picture(video.hidden))
    video.addEventListener("loadedmetadata", () => this.bare(!video.videoWidth))
  }

  get playing() {
    return this.timers.length > 0
  }

  /** Whether there is a film, and with it a picture that can be hidden. */
  film(there) {
    this.there = there
    this.button.hidden = !there
    if (!there) return
    this.video.src = `${this.base}/original`
    this.picture(true)
  }

  /** Of a sound without a picture there is a player to be seen. */
  bare(without) {
    this.video.classList.toggle("bare", without)
    this.video.controls = without
    this.button.hidden = without
  }

  picture(shown) {
    this.video.hidden = !shown
    this.button.setAttribute("aria-pressed", String(shown))
  }

  /** Play a line with a second before it, and whatever else is planned there. */
  play(line, all) {
    this.stop()
    if (!line.key) return this.on.fail(line)
    this.line = line
    const from = Math.max(0, line.plan.start - LEAD), to = line.plan.end + REST
    for (const other of all) {
      if (!other.key || !other.plan.placed || other.plan.start < from - 0.05 || other.plan.start >= to) continue
      const sound = new Audio(`${this.base}/take/${other.key}`)
      sound.preservesPitch = true
      sound.playbackRate = other.plan.stretch
      sound.addEventListener("playing", () => performance.mark("line-sounds"))
      this.takes.push(sound)
      this.timers.push(setTimeout(() => sound.play(), 1000 * (other.plan.start - from)))
    }
    if (this.there) {
      this.video.volume = UNDER
      this.video.currentTime = from
      this.video.play().catch(() => {}) // a format that the browser has no picture for: the takes are heard
    }
    const begun = performance.now()
    const tick = () => { if (!this.playing) return; this.on.time(from + (performance.now() - begun) / 1000); requestAnimationFrame(tick) }
    this.timers.push(setTimeout(() => this.stop(), 1000 * (to - from)))
    this.on.change()
    tick()
  }

  stop() {
    this.timers.forEach(clearTimeout)
    this.timers = []
    this.takes.forEach(sound => sound.pause())
    this.takes = []
    this.video.pause()
    this.on.time(null)
    this.on.change()
  }
}
