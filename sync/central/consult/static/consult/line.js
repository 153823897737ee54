// The desk's line to the office: opened again when it is lost, and what came handed on.

const SLOWEST_MS = 5000;
const PING_MS = 5000;           // so that the office knows until when it heard us
const AGAIN_MS = 60000;         // away for longer, a doctor comes on duty by hand

export class DeskLine {
  #socket = null;
  #pause = 250;
  #lostAt = 0;
  #on;

  constructor(on) {
    this.#on = on;              // heard(message), up(isSoon), down(), closed(code)
    this.open();
    setInterval(() => this.say("ping"), PING_MS);
  }

  open() {
    const address = new URL("/desk/line", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.onopen = () => {
      this.#pause = 250;
      this.#on.up(this.#lostAt === 0 || Date.now() - this.#lostAt < AGAIN_MS);
      this.#lostAt = 0;
    };
    socket.onmessage = ({ data }) => this.#on.heard(JSON.parse(data));
    socket.onclose = ({ code }) => {
      if ([4401, 4403, 4409].includes(code)) return this.#on.closed(code);
      this.#lostAt ||= Date.now();
      this.#on.down();
      setTimeout(() => this.open(), this.#pause);
      this.#pause = Math.min(SLOWEST_MS, this.#pause * 2);
    };
  }

  say(kind, words = {}) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ kind, ...words }));
  }
}
