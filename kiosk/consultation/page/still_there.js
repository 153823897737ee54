// 还在吗？: asked of who waits and touches nothing; nobody is asked in a talk.

const ASKING_S = 30;

export class StillThere {
  constructor({ onask, onleave }) {
    Object.assign(this, { onask, onleave });
    this.patience = { mirror: 60, queue: 180, ring: 180 };
    this.phase = "";
    this.held = false;
    this.touched();
    setInterval(() => this.look(), 500);
  }

  enter(phase) {
    this.phase = phase;
    this.answered();
  }

  hold(held) {
    this.held = held;
    this.answered();
  }

  // A touch while it asks must not press what lies below: the question goes when it is tapped, not before.
  touched() {
    if (!this.asking) this.since = performance.now();
  }

  answered() {
    if (this.asking) this.onask(null);
    this.asking = false;
    this.touched();
  }

  look() {
    const patience = this.patience[this.phase];
    if (!patience || this.held) return;
    const left = Math.ceil(patience + ASKING_S - (performance.now() - this.since) / 1000);
    if (left > ASKING_S) return;
    this.asking = true;
    this.onask(Math.max(0, left));
    if (left <= 0) {
      this.phase = "";
      this.onleave();
    }
  }
}
