// What is asked for one after another: each begins when what was asked before it is answered.

export class Turns {
  constructor() {
    this.last = Promise.resolve()
  }

  /** Do something in its turn; gives what it gives. One that fails holds up nobody. A turn never waits for another inside it. */
  take(act) {
    const turn = this.last.then(act)
    this.last = turn.catch(() => {})
    return turn
  }
}
