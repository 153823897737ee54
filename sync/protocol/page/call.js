// One side of a video call between two browsers. No page, no line: what is to be sent is handed out, what came is
// handed in. Nothing is recorded.
//
// Each side names its connection at random, and says whom it talks to: when either begins anew (a page loaded again,
// another doctor, a restart that failed) the other sees a new name and begins anew as well. Signals to an earlier
// connection are dropped.

export const LEVELS = ["video720", "video360", "sound"];
export const DEVICES = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
  video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 25, max: 30 } },
};

const WATCH_MS = 1000;
const HELLO_MS = 2000;
const SHAKY_MS = 3000;          // without a connection, until it is called lost and ICE restarts
const PATIENCE_MS = 10000;      // for a first connection, or a restart; then a new one is made
const POLITE_EXTRA_MS = 4000;   // so that both sides do not offer, restart or begin anew at once
const MEASURE_MS = 2000;
const REOPEN_MS = 2000;
const BITRATES = { video720: 1500000, video360: 400000 };

/** Camera and microphone; without a camera the microphone alone. Throws what the browser throws. */
export async function openDevices(wanted = DEVICES) {
  try {
    return await navigator.mediaDevices.getUserMedia(wanted);
  } catch (fault) {
    if (!wanted.video || !wanted.audio || fault.name === "NotAllowedError") throw fault;
    return navigator.mediaDevices.getUserMedia({ audio: wanted.audio });
  }
}

/** When to send less and when to dare more, by the share of packets lost. No clock, no browser. */
export class Ladder {
  #smooth = 0;
  #bad = 0;
  #good = 0;
  #patience = 8;                // good measurements before a step up; grows when a step up did not last
  #since = Infinity;            // measurements since the last step up
  level = LEVELS[0];

  /** One measurement, a share of 1; whether the level has changed. */
  take(loss) {
    this.#smooth = this.#smooth * 0.5 + loss * 0.5;
    this.#since += 1;
    this.#bad = this.#smooth > (this.level === "video720" ? 0.06 : 0.15) ? this.#bad + 1 : 0;
    this.#good = this.#smooth < 0.03 ? this.#good + 1 : 0;
    const place = LEVELS.indexOf(this.level);
    if (this.#bad >= 3 && place < LEVELS.length - 1) {
      if (this.#since < 15) this.#patience = Math.min(60, this.#patience * 2);
      return this.#step(place + 1);
    }
    if (this.#good >= this.#patience && place > 0) {
      this.#since = 0;
      return this.#step(place - 1);
    }
    return false;
  }

  #step(place) {
    this.level = LEVELS[place];
    this.#bad = this.#good = this.#smooth = 0;
    return true;
  }
}

export class Call {
  #polite;
  #ice;
  #send;
  #local;
  #on;
  #me = newName();
  #peer = null;
  #pc = null;
  #ladder = new Ladder();
  #state = "";
  #making = false;
  #ignoring = false;
  #answering = false;
  #work = Promise.resolve();
  #trouble = performance.now();
  #restarted = true;            // there is nothing to restart before it was connected once
  #greeted = 0;
  #muted = false;
  #counts = null;
  #numbers = {};
  #timers = [];
  #reopening = new Set();
  #closed = false;

  constructor({ polite, ice = [], send, local = null, onremote, onlevel, onstate, onlocal, ondevice }) {
    this.#polite = polite;
    this.#ice = ice;
    this.#send = send;
    this.#local = local;
    this.#on = { remote: onremote, level: onlevel, state: onstate, local: onlocal, device: ondevice };
    this.#watchTracks();
    navigator.mediaDevices?.addEventListener("devicechange", this.#devicesChanged);
    this.#timers = [setInterval(() => this.#watch(), WATCH_MS), setInterval(() => this.#measure(), MEASURE_MS)];
    this.#say("connecting");
    this.#greet();
  }

  /** What the other side sent; in the order in which it came. */
  receive(data) {
    this.#work = this.#work.then(() => this.#take(data)).catch((fault) => console.debug("call:", fault.name));
  }

  /** Servers for the next attempt; the office's credentials end. */
  setIce(ice) {
    this.#ice = ice;
    if (this.#pc) this.#pc.setConfiguration({ ...this.#pc.getConfiguration(), iceServers: ice });
  }

  /** The way for signals is there again; what was said meanwhile is lost, so without a connection begin anew. */
  again() {
    if (!this.#closed && this.#pc && this.#pc.connectionState !== "connected") this.#begin();
  }

  mute(isMuted) {
    this.#muted = isMuted;
    for (const track of this.#local?.getAudioTracks() ?? []) track.enabled = !isMuted;
  }

  /** Send these tracks instead. */
  replace(stream) {
    this.#local = stream;
    this.#watchTracks();
    this.mute(this.#muted);
    if (this.#pc) this.#putTracks(this.#pc);
    this.#on.local?.(stream);
  }

  /** What was measured last: state, level, loss (0 to 1), rtt_s, frames decoded. */
  async stats() {
    await this.#measure();
    return { state: this.#state, level: this.#ladder.level, ...this.#numbers };
  }

  close() {
    this.#closed = true;
    for (const timer of this.#timers) clearInterval(timer);
    navigator.mediaDevices?.removeEventListener("devicechange", this.#devicesChanged);
    this.#pc?.close();
    this.#pc = null;
  }

  #say(state) {
    if (state === this.#state || this.#closed) return;
    this.#state = state;
    this.#on.state?.(state);
  }

  #tell(words) {
    if (!this.#closed) this.#send({ from: this.#me, to: this.#peer, ...words });
  }

  #greet() {
    this.#greeted = performance.now();
    this.#tell({ hello: true });
  }

  async #take(data) {
    if (this.#closed || typeof data?.from !== "string") return;
    const isForUs = data.to === this.#me;
    if (data.from !== this.#peer) {
      if (!data.hello && !(this.#peer === null && isForUs)) return;
      this.#peer = data.from;
      this.#build();
      if (!isForUs) this.#greet();
    } else if (data.hello && !isForUs) {
      this.#greet();            // it has not heard ours
    }
    if (!isForUs || !this.#pc) return;
    if (data.description) await this.#takeDescription(this.#pc, data.description);
    else if (data.candidate) await this.#takeCandidate(this.#pc, data.candidate);
  }

  async #takeDescription(pc, description) {
    const isReady = !this.#making && (pc.signalingState === "stable" || this.#answering);
    this.#ignoring = !this.#polite && description.type === "offer" && !isReady;
    if (this.#ignoring) return;
    this.#answering = description.type === "answer";
    try {
      await pc.setRemoteDescription(description);
    } finally {
      this.#answering = false;
    }
    if (description.type !== "offer") return;
    if (this.#trouble !== null) {       // the other side restarts: that is given its time
      this.#restarted = true;
      this.#trouble = performance.now();
    }
    await pc.setLocalDescription();
    if (pc === this.#pc) this.#tell({ description: pc.localDescription });
    await this.#applyLevel();
  }

  async #takeCandidate(pc, candidate) {
    try {
      await pc.addIceCandidate(candidate);
    } catch (fault) {
      if (!this.#ignoring) throw fault;
    }
  }

  #build() {
    this.#pc?.close();
    const pc = new RTCPeerConnection({ iceServers: this.#ice, bundlePolicy: "max-bundle" });
    this.#pc = pc;
    this.#making = this.#ignoring = this.#answering = false;
    this.#counts = null;
    this.#restarted = true;
    this.#trouble = performance.now();
    const remote = new MediaStream();
    pc.onnegotiationneeded = () => this.#mayOffer(pc);
    pc.onicecandidate = ({ candidate }) => candidate && pc === this.#pc && this.#tell({ candidate });
    pc.ontrack = ({ track }) => {
      for (const old of remote.getTracks()) if (old.kind === track.kind) remote.removeTrack(old);
      remote.addTrack(track);
      if (pc === this.#pc) this.#on.remote?.(remote);
    };
    pc.onconnectionstatechange = () => pc === this.#pc && this.#watch();
    this.#putTracks(pc);
  }

  // Taking an offer back while addresses are gathered leaves Chromium without any, now and then: the polite side
  // leaves the first offer to the other, for as long as one may be on its way.
  #mayOffer(pc) {
    if (!this.#polite || pc.remoteDescription) this.#offer(pc);
    else setTimeout(() => pc === this.#pc && !pc.remoteDescription && this.#offer(pc), POLITE_EXTRA_MS);
  }

  async #offer(pc) {
    try {
      this.#making = true;      // before the description is there, or a collision would not be seen
      await pc.setLocalDescription();
      if (pc === this.#pc) this.#tell({ description: pc.localDescription });
    } catch (fault) {
      console.debug("call:", fault.name);
    } finally {
      if (pc === this.#pc) this.#making = false;
    }
  }

  #begin() {
    this.#me = newName();
    this.#peer = null;
    this.#pc?.close();
    this.#pc = null;
    this.#trouble = performance.now();
    this.#greet();
  }

  #watch() {
    if (this.#closed) return;
    const now = performance.now();
    const state = this.#pc?.connectionState ?? "new";
    if (state === "connected") {
      this.#trouble = null;
      if (this.#restarted || this.#state !== "connected") this.#applyLevel();
      this.#restarted = false;
      this.#say("connected");
      return;
    }
    this.#trouble ??= now;
    const troubled = now - this.#trouble;
    if (this.#state === "connected" && (state === "failed" || troubled > SHAKY_MS)) this.#say("lost");
    if (this.#peer === null) {
      if (now - this.#greeted > HELLO_MS) this.#greet();
    } else if (!this.#restarted && troubled > (this.#polite ? SHAKY_MS + POLITE_EXTRA_MS : SHAKY_MS)) {
      this.#restarted = true;
      this.#trouble = now;
      this.#pc.restartIce();
    } else if (this.#restarted && troubled > PATIENCE_MS + (this.#polite ? POLITE_EXTRA_MS : 0)) {
      this.#begin();
    }
  }

  // ---- what is sent

  #putTracks(pc) {
    const senders = pc.getSenders();
    for (const track of this.#local?.getTracks() ?? []) {
      const old = senders.find((sender) => sender.track?.kind === track.kind || sender.wants === track.kind);
      if (old) old.replaceTrack(track).catch(() => {});
      else pc.addTrack(track, this.#local).wants = track.kind;
    }
  }

  #watchTracks() {
    for (const track of this.#local?.getTracks() ?? []) track.onended = () => this.#reopen(track.kind);
  }

  #devicesChanged = () => {
    for (const track of this.#local?.getTracks() ?? []) if (track.readyState === "ended") this.#reopen(track.kind);
  };

  /** A device was pulled out, or taken: ask for it until it is there again. */
  async #reopen(kind) {
    if (this.#reopening.has(kind)) return;
    this.#reopening.add(kind);
    this.#on.device?.(kind, false);
    while (!this.#closed && this.#local.getTracks().some((one) => one.kind === kind && one.readyState === "ended")) {
      try {
        const found = await navigator.mediaDevices.getUserMedia({ [kind]: DEVICES[kind] });
        const kept = this.#local.getTracks().filter((one) => one.kind !== kind);
        if (this.#closed) for (const track of found.getTracks()) track.stop();
        else this.replace(new MediaStream([...kept, ...found.getTracks()]));
        this.#on.device?.(kind, true);
      } catch {
        await new Promise((done) => setTimeout(done, REOPEN_MS));
      }
    }
    this.#reopening.delete(kind);
  }

  async #applyLevel() {
    const sender = this.#pc?.getSenders().find((one) => one.track?.kind === "video");
    const parameters = sender?.getParameters();
    if (!parameters?.encodings?.length) return;
    const [encoding] = parameters.encodings;
    const { level } = this.#ladder;
    const height = sender.track.getSettings().height || 720;
    encoding.active = level !== "sound";
    encoding.maxBitrate = BITRATES[level] ?? BITRATES.video360;
    encoding.scaleResolutionDownBy = Math.max(1, height / (level === "video720" ? 720 : 360));
    await sender.setParameters(parameters).catch(() => {});
  }

  // ---- what is measured

  async #measure() {
    const pc = this.#pc;
    if (!pc || this.#closed || pc.connectionState !== "connected") return;
    const reports = [...(await pc.getStats()).values()];
    const kind = this.#ladder.level === "sound" ? "audio" : "video";
    const heard = reports.find((one) => one.type === "remote-inbound-rtp" && one.kind === kind);
    const pictures = reports.find((one) => one.type === "inbound-rtp" && one.kind === "video");
    const sent = reports.find((one) => one.type === "outbound-rtp" && one.kind === kind);
    this.#numbers = {
      loss: heard?.fractionLost ?? 0,
      rtt_s: heard?.roundTripTime ?? 0,
      frames: pictures?.framesDecoded ?? 0,
      height: pictures?.frameHeight ?? 0,
      sent: sent?.packetsSent ?? 0,
    };
    const isNews = heard && (this.#counts?.id !== heard.id || this.#counts.timestamp !== heard.timestamp);
    if (!isNews || pc !== this.#pc) return;
    this.#counts = { id: heard.id, timestamp: heard.timestamp };
    if (!this.#ladder.take(heard.fractionLost ?? 0)) return;
    await this.#applyLevel();
    this.#on.level?.(this.#ladder.level);
  }
}

function newName() {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
