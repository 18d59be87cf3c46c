// The shape of a line's sound, with the place that is heard.

export class Wave {
  constructor(canvas, base) {
    this.canvas = canvas
    this.base = base
    this.known = new Map()
    this.data = null
    new ResizeObserver(() => this.draw(this.share ?? 0)).observe(canvas)
  }

  async show(key, told) {
    this.key = key
    if (key && !this.known.has(key)) {
      const answer = await fetch(`${this.base}/peaks/${key}`)
      if (this.known.size > 200) this.known.clear()
      this.known.set(key, answer.ok ? await answer.json() : null)
    }
    if (this.key !== key) return
    this.data = key ? this.known.get(key) : null
    this.canvas.setAttribute("aria-label", told(this.data))
    this.draw(0)
  }

  draw(share) {
    this.share = share
    const { canvas } = this, scale = devicePixelRatio || 1
    const width = canvas.width = Math.round(canvas.clientWidth * scale), height = canvas.height = Math.round(canvas.clientHeight * scale)
    const pen = canvas.getContext("2d"), style = getComputedStyle(canvas)
    pen.clearRect(0, 0, width, height)
    const middle = height / 2, bar = 3 * scale, count = Math.max(1, Math.floor(width / bar))
    const peaks = this.data?.peaks, pairs = peaks ? peaks.length / 2 : 0
    for (let i = 0; i < count; i++) {
      let loud = 0
      if (pairs) for (let k = Math.floor(i * pairs / count); k < Math.max((i + 1) * pairs / count, i * pairs / count + 1) && k < pairs; k++) loud = Math.max(loud, peaks[2 * k + 1], -peaks[2 * k])
      const tall = Math.max(scale, (loud / 127) ** 0.8 * height * 0.96)
      pen.fillStyle = i / count < share ? style.getPropertyValue("--accent") : style.getPropertyValue("--bed")
      pen.globalAlpha = pairs ? 1 : 0.35
      pen.beginPath()
      pen.roundRect(i * bar, middle - tall / 2, bar - scale, tall, scale)
      pen.fill()
    }
  }
}
