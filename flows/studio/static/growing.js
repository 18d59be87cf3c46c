// A sound that is heard while it is made, at its own tempo: what has come is played on without a seam.

const HEAD = 44, RATE = 24 // bytes of the head of a WAV file, and where it has its sample rate
const LEAD = 0.05 // seconds between what comes and its sound
const FULL = 32767

export class Growing {
  /** `address`: of a WAV file of 16-bit samples that ends when it is whole. `on`: told of end() and fail(). */
  constructor(address, on) {
    this.on = on
    this.context = new AudioContext()
    this.asking = new AbortController()
    this.until = 0 // when what has come will have been heard, by the context's clock
    this.sounding = 0
    this.whole = false
    this.read(address).catch(error => { if (error.name !== "AbortError") { this.stop(); this.on.fail() } })
  }

  async read(address) {
    const answer = await fetch(address, { signal: this.asking.signal })
    if (!answer.ok) throw new Error(answer.statusText)
    const reader = answer.body.getReader()
    let bytes = new Uint8Array(0), rate = 0
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      bytes = joined(bytes, next.value)
      if (!rate && bytes.length >= HEAD) {
        rate = new DataView(bytes.buffer).getUint32(RATE, true)
        bytes = bytes.slice(HEAD)
      }
      const even = rate ? bytes.length - bytes.length % 2 : 0
      if (even) this.play(bytes.slice(0, even), rate)
      bytes = bytes.slice(even)
    }
    this.whole = true
    this.settle()
  }

  play(bytes, rate) {
    const view = new DataView(bytes.buffer), buffer = this.context.createBuffer(1, bytes.length / 2, rate)
    const samples = buffer.getChannelData(0)
    for (let at = 0; at < samples.length; at++) samples[at] = view.getInt16(2 * at, true) / FULL
    const source = this.context.createBufferSource()
    source.buffer = buffer
    source.connect(this.context.destination)
    source.addEventListener("ended", () => { this.sounding -= 1; this.settle() })
    if (!this.until) performance.mark("line-sounds")
    this.until = Math.max(this.until, this.context.currentTime + LEAD)
    source.start(this.until)
    this.sounding += 1
    this.until += buffer.duration
  }

  settle() {
    if (!this.whole || this.sounding || this.context.state === "closed") return
    this.context.close()
    this.on.end()
  }

  stop() {
    this.asking.abort()
    if (this.context.state !== "closed") this.context.close()
  }
}

function joined(one, other) {
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}
