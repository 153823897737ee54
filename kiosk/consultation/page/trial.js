// The self-test: camera and microphone of this machine, a connection of this page with itself, a relay server's answer.

import { patiently } from "./devices.js";
import * as screen from "./screen.js";

const { find } = screen;
const LOOP_MS = 10000;      // for frames to come back
const RELAY_MS = 8000;      // for a relay server to answer
const SPEECH_MS = 6000;     // for somebody to speak, after all else is known
const ENOUGH = 10;          // frames
const HEARD = 0.02;         // root mean square: somebody speaks
const LIVE = 0.0002;        // a microphone that is switched on is never as still as that
const LOOK_MS = 100;

const kiosk = new WebSocket(`ws://${location.host}${location.pathname.replace(/[^/]*$/, "")}line`);
const tell = (kind, fields = {}) => kiosk.send(JSON.stringify({ kind, ...fields }));
const found = { camera: "", microphone: "", frames: 0, height: 0, loudest: 0, decoded: 0, relays: 0, relay_fault: "" };

const soon = () => new Promise((done) => setTimeout(done, LOOK_MS));

async function until(claim, patience) {
  const end = performance.now() + patience;
  while (!(await claim()) && performance.now() < end) await soon();
}

async function opened(name, wanted, patience) {
  try {
    return await patiently(() => navigator.mediaDevices.getUserMedia(wanted), patience);
  } catch (fault) {
    found[name] = fault.name;
    return null;
  }
}

// A picture of our own where there is no camera, so that connections are tried all the same.
function drawn() {
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 180 });
  const brush = canvas.getContext("2d");
  let turn = 0;
  setInterval(() => {
    brush.fillStyle = `hsl(${(turn += 7) % 360} 60% 50%)`;
    brush.fillRect(0, 0, canvas.width, canvas.height);
  }, LOOK_MS);
  return canvas.captureStream(10);
}

async function reports(pc, type) {
  return [...(await pc.getStats()).values()].find((one) => one.type === type && one.kind === "video");
}

async function loopback(camera) {
  const stream = camera ?? drawn();
  const [here, there] = [new RTCPeerConnection(), new RTCPeerConnection()];
  here.onicecandidate = ({ candidate }) => there.addIceCandidate(candidate);
  there.onicecandidate = ({ candidate }) => here.addIceCandidate(candidate);
  for (const track of stream.getVideoTracks()) here.addTrack(track, stream);
  await here.setLocalDescription();
  await there.setRemoteDescription(here.localDescription);
  await there.setLocalDescription();
  await here.setRemoteDescription(there.localDescription);
  await until(async () => {
    if (camera) {
      const source = await reports(here, "media-source");
      Object.assign(found, { frames: source?.frames ?? 0, height: source?.height ?? 0 });
      screen.checked("check-camera", found.frames >= ENOUGH);
    }
    found.decoded = (await reports(there, "inbound-rtp"))?.framesDecoded ?? 0;
    return found.decoded >= ENOUGH;
  }, LOOP_MS);
  screen.checked("check-loopback", found.decoded >= ENOUGH);
  here.close();
  there.close();
}

async function relay(iceServers) {
  if (!iceServers.some(({ urls }) => urls.some((url) => url.startsWith("turn")))) return;
  const pc = new RTCPeerConnection({ iceServers, iceTransportPolicy: "relay" });
  pc.onicecandidate = ({ candidate }) => (found.relays += candidate?.type === "relay" ? 1 : 0);
  pc.onicecandidateerror = ({ errorCode, errorText }) => (found.relay_fault = `${errorCode} ${errorText}`.slice(0, 120));
  pc.createDataChannel("trial");
  await pc.setLocalDescription();
  await until(() => found.relays > 0 || pc.iceGatheringState === "complete", RELAY_MS);
  screen.checked("check-relay", found.relays > 0);
  pc.close();
}

function listen(stream) {
  const audio = new AudioContext();
  const analyser = new AnalyserNode(audio, { fftSize: 4096 });
  audio.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const level = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
    found.loudest = Math.max(found.loudest, level);
    screen.bars(Math.min(1, level * 8));
    screen.checked("check-microphone", found.loudest > LIVE);
  }, LOOK_MS);
}

async function trial(said) {
  await screen.dress(said);
  const [camera, microphone] = await Promise.all([
    opened("camera", { video: { width: { ideal: 1280 }, height: { ideal: 720 } } }, said.first_ms),
    // As it comes: what takes noise away also makes a still room silent.
    opened("microphone", { audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } }, said.first_ms),
  ]);
  if (camera) find("own").srcObject = camera;
  if (microphone) listen(microphone);
  await Promise.allSettled([loopback(camera), relay(said.ice)]);
  if (microphone) await until(() => found.loudest > HEARD, SPEECH_MS);
  tell("tried", { found });
}

kiosk.onmessage = ({ data }) => {
  const said = JSON.parse(data);
  if (said.kind === "hello") trial(said);
};
kiosk.onopen = () => tell("hello");
kiosk.onclose = () => window.close();
screen.shut();
