// The line to the office: says hello, comes back by itself, and gives up when nobody can be waiting any more.

const LOOK_MS = 1000;
const PING_MS = 5000;
const SILENT_MS = 12000;
const CONNECT_MS = 6000;     // a packet lost at the wrong moment would be sent again after half a minute only
const AGAIN_MS = [500, 1000, 2000, 3000];
const NEVER = { 4401: "refused", 4404: "refused", 4409: "refused" };

export class Office {
  constructor({ go, onstate, onsignal, online, onend }) {
    Object.assign(this, { go, onstate, onsignal, online, onend });
    this.closed = false;
    this.tries = 0;
    this.socket = null;
    this.heard = performance.now();     // the last word of the office
    this.pinged = 0;
    this.open();
    this.looking = setInterval(() => this.look(), LOOK_MS);
  }

  open() {
    if (this.closed) return;
    const socket = (this.socket = new WebSocket(this.go.line));
    this.begun = performance.now();
    socket.onopen = () => socket.send(JSON.stringify({ kind: "hello", call: this.go.call, token: this.go.token }));
    socket.onmessage = ({ data }) => this.take(JSON.parse(data));
    socket.onclose = ({ code }) => this.lost(socket, code);
  }

  take(said) {
    this.heard = performance.now();
    if (this.tries !== 0 || !this.wasOnline) this.online(true);
    this.wasOnline = true;
    this.tries = 0;
    if (said.kind === "state") this.onstate(said);
    if (said.kind === "signal") this.onsignal(said.data);
  }

  lost(socket, code) {
    if (this.closed || socket !== this.socket) return;
    if (code in NEVER) {
      this.onend(NEVER[code]);
      return;
    }
    this.socket = null;
    this.online(false);
    this.wasOnline = false;
    const wait = AGAIN_MS[Math.min(this.tries++, AGAIN_MS.length - 1)];
    setTimeout(() => this.open(), wait);
  }

  look() {
    const { socket } = this;
    if (this.closed || !socket) return;
    const now = performance.now();
    const isDead = socket.readyState === WebSocket.CONNECTING || now - this.heard > SILENT_MS;
    if (isDead && now - this.begun > CONNECT_MS) {
      this.lost(socket, 0);
      socket.close();
    } else if (now - this.pinged >= PING_MS && this.say("ping")) this.pinged = now;
  }

  say(kind, fields = {}) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify({ kind, ...fields }));
    return true;
  }

  /** Say this, on a line that is just being opened as soon as it is, and close; done when the office has all of it, or
      after so many milliseconds. */
  async lastly(kind, patience) {
    const { socket } = this;
    if (this.closed || !socket) return;
    const isClosed = new Promise((done) => socket.addEventListener("close", done));
    const say = () => {
      this.say(kind);
      this.close();
    };
    if (socket.readyState === WebSocket.CONNECTING) socket.addEventListener("open", say);
    else say();
    await Promise.race([isClosed, new Promise((done) => setTimeout(done, patience))]);
  }

  close() {
    this.closed = true;
    clearInterval(this.looking);
    this.socket?.close();
  }
}
