// Camera, microphone and loudspeaker; what is unplugged in a call is acquired again.

const WANTED = {
  video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 25, max: 30 } },
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
};
const FIRST_MS = 6000;
const SOON_MS = 300;
const AGAIN_MS = 1500;
const PATIENCE_MS = 20000;

// A browser that has just begun may not have found them yet, or another program may be letting go of them.
export async function patiently(ask, patience = FIRST_MS) {
  const until = performance.now() + patience;
  for (;;) {
    try {
      return await ask();
    } catch (fault) {
      if (!["NotFoundError", "NotReadableError", "AbortError"].includes(fault.name) || performance.now() > until) throw fault;
      await new Promise((done) => setTimeout(done, SOON_MS));
    }
  }
}

export class Devices {
  constructor({ onstream, onlevel, onlost }) {
    Object.assign(this, { onstream, onlevel, onlost });
    this.stream = null;
    this.acquiring = false;
    this.inCall = false;
  }

  async open() {
    this.take(await patiently(() => navigator.mediaDevices.getUserMedia(WANTED)));
    navigator.mediaDevices.addEventListener("devicechange", () => this.check());
  }

  take(stream) {
    this.stream = stream;
    for (const track of stream.getTracks()) track.addEventListener("ended", () => this.again());
    this.adopt(stream);
  }

  adopt(stream) {
    this.stream = stream;
    if (stream.getAudioTracks().length > 0) this.measure(stream);
    this.onstream(stream);
  }

  check() {
    if (this.stream && this.stream.getTracks().some((track) => track.readyState === "ended")) this.again();
  }

  async again() {
    if (this.acquiring || this.inCall) return;
    this.acquiring = true;
    const until = performance.now() + PATIENCE_MS;
    for (const track of this.stream.getTracks()) track.stop();
    while (performance.now() < until) {
      try {
        this.take(await navigator.mediaDevices.getUserMedia(WANTED));
        this.acquiring = false;
        return;
      } catch {
        await new Promise((done) => setTimeout(done, AGAIN_MS));
      }
    }
    this.acquiring = false;
    this.onlost();
  }

  measure(stream) {
    this.audio ??= new AudioContext();
    this.source?.disconnect();
    clearInterval(this.measuring);
    this.source = this.audio.createMediaStreamSource(stream);
    const analyser = new AnalyserNode(this.audio, { fftSize: 8192 });
    this.source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.measuring = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      this.onlevel(Math.min(1, Math.sqrt(power) * 8));
    }, 100);
  }

  // Two notes upwards, as the kiosk's own "done".
  async tone() {
    this.audio ??= new AudioContext();
    await this.audio.resume();
    for (const [place, hertz] of [659.3, 987.8].entries()) {
      const at = this.audio.currentTime + place * 0.35;
      const note = new OscillatorNode(this.audio, { frequency: hertz });
      const loudness = new GainNode(this.audio, { gain: 0 });
      loudness.gain.linearRampToValueAtTime(0.4, at + 0.02);
      loudness.gain.linearRampToValueAtTime(0, at + 0.33);
      note.connect(loudness).connect(this.audio.destination);
      note.start(at);
      note.stop(at + 0.34);
    }
  }

  // Told while a doctor rings, so that who looks away comes back.
  async chime() {
    await this.tone();
  }
}
