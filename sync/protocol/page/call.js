// One talk between two browsers: perfect negotiation, one connection. No DOM, nothing recorded.

const LOST_AFTER_MS = 4000;

export class Call {
  constructor({ polite, ice, send, local, onremote, onlevel, onstate }) {
    Object.assign(this, { polite, send, local, onremote, onlevel, onstate });
    this.makingOffer = false;
    this.ignoreOffer = false;
    this.lostTimer = 0;
    this.peer = new RTCPeerConnection({ iceServers: ice });
    for (const track of local.getTracks()) this.peer.addTrack(track, local);
    this.peer.ontrack = ({ streams }) => this.onremote(streams[0]);
    this.peer.onicecandidate = ({ candidate }) => this.send({ candidate });
    this.peer.onnegotiationneeded = () => this.offer();
    this.peer.onconnectionstatechange = () => this.changed();
    this.onstate("connecting");
    this.onlevel("video720");
  }

  async offer() {
    try {
      this.makingOffer = true;
      await this.peer.setLocalDescription();
      this.send({ description: this.peer.localDescription });
    } finally {
      this.makingOffer = false;
    }
  }

  async receive({ description, candidate }) {
    if (description) {
      const collides = description.type === "offer" && (this.makingOffer || this.peer.signalingState !== "stable");
      this.ignoreOffer = !this.polite && collides;
      if (this.ignoreOffer) return;
      await this.peer.setRemoteDescription(description);
      if (description.type === "offer") {
        await this.peer.setLocalDescription();
        this.send({ description: this.peer.localDescription });
      }
    } else if (candidate) {
      try {
        await this.peer.addIceCandidate(candidate);
      } catch (fault) {
        if (!this.ignoreOffer) throw fault;
      }
    }
  }

  changed() {
    const state = this.peer.connectionState;
    clearTimeout(this.lostTimer);
    if (state === "connected") this.onstate("connected");
    if (state === "disconnected") this.lostTimer = setTimeout(() => this.lost(), LOST_AFTER_MS);
    if (state === "failed") this.lost();
  }

  lost() {
    this.onstate("lost");
    this.peer.restartIce();
  }

  setIce(ice) {
    this.peer.setConfiguration({ iceServers: ice });
  }

  mute(off) {
    for (const track of this.local.getAudioTracks()) track.enabled = !off;
  }

  async replace(stream) {
    this.local = stream;
    for (const sender of this.peer.getSenders()) {
      const track = stream.getTracks().find((each) => each.kind === sender.track?.kind);
      if (track) await sender.replaceTrack(track);
    }
  }

  async stats() {
    const found = { framesDecoded: 0 };
    for (const report of (await this.peer.getStats()).values())
      if (report.type === "inbound-rtp" && report.kind === "video") found.framesDecoded = report.framesDecoded ?? 0;
    return found;
  }

  close() {
    clearTimeout(this.lostTimer);
    this.peer.close();
  }
}
