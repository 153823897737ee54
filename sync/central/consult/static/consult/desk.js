// The doctor's desk. What the office says is shown; what the doctor wants is said to the office.

import { DeskLine } from "./line.js";
import { count, showBacks, showColleagues, showQueue, stopCounting } from "./lists.js";
import * as notes from "./notes.js";
import * as ring from "./ring.js";
import * as stage from "./stage.js";

const find = (id) => document.getElementById(id);
const desk = find("desk");
const me = Number(desk.dataset.me);
const SAID_MS = 8000;

let state = { on_duty: false, ringing: null, call: null };
let wantsDuty = false;
let saidTimer = 0;

const line = new DeskLine({
  heard(message) {
    if (message.kind === "desk") show(message);
    else if (message.kind === "signal" && message.call === stage.current()) stage.receive(message.data);
    else if (message.kind === "quality" && message.call === stage.current()) stage.theirLevel(message.level);
    else if (message.kind === "refused") tell(message.words);
  },
  up(isSoon) {
    find("lost").hidden = true;
    stage.connection()?.again();
    if (wantsDuty && isSoon) line.say("duty", { on: true });
    else wantsDuty = false;
  },
  down() {
    find("lost").hidden = false;
    stopRing();
  },
  closed(code) {
    stopRing();
    stage.end();
    if (code === 4401) location.assign(desk.dataset.login);
    else if (code === 4403) location.reload();
    else find("elsewhere").hidden = false;
  },
});

function say(kind, words) {
  ring.unlock();
  line.say(kind, words);
}

function show(next) {
  const before = state;
  state = next;
  showDuty(next.on_duty);
  showRing(next.ringing, before.ringing);
  showTalk(next.call);
  showPause(next.writing_s);
  find("queue-hint").textContent = next.on_duty ? "有人要看医生时，这里会响铃" : "您在休息；上班后有人要看医生，这里会响铃";
  showQueue(next.queue, next.waiting, next.on_duty && !next.call, say);
  showColleagues(next.colleagues, me);
  showBacks(next.call_backs);
  const isTalking = Boolean(next.call);
  find("columns").classList.toggle("is-talking", isTalking);
  find("done").hidden = isTalking;
  find("ready").hidden = notes.current() !== null;      // the same, beside what was written
  for (const id of ["colleagues-card", "backs-card", "keys-card"]) find(id).hidden = isTalking || notes.current() !== null;
}

function showDuty(isOn) {
  const button = find("duty");
  button.setAttribute("aria-checked", isOn);
  button.querySelector("span").textContent = isOn ? "正在上班，点这里休息" : "现在休息，点这里上班";
  if (isOn) wantsDuty = true;
}

function showRing(ringing, before) {
  find("ring").hidden = !ringing;
  if (!ringing) return stopRing();
  if (ringing.call === before?.call) return undefined;
  find("ring-title").textContent = ringing.handed_by ? `${ringing.handed_by} 请您接着看` : "有工友要看医生";
  find("ring-about").textContent = about(ringing);
  count(find("ring-time"), ringing.left_s, (words) => `${words}后转给下一位医生`, -1);
  ring.start(`来电 · ${ringing.station}`);
  if (!document.activeElement?.matches("textarea, select")) find("accept").focus();
  stage.prepare();
  return undefined;
}

// After a talk nothing rings until the notes are written, or time is up.
function showPause(left) {
  const wasShown = !find("pause").hidden;
  find("pause").hidden = !left;
  if (!left) stopCounting(find("pause-time"));
  else if (!wasShown) count(find("pause-time"), left, (words) => `写病历时不响铃，${words}后再接下一位`, -1);
}

function stopRing() {
  ring.stop();
  stopCounting(find("ring-time"));
  if (!state.call) stage.release();
}

function showTalk(talk) {
  if (!talk) {
    if (stage.current()) {
      stage.end();
      stopCounting(find("about"));
      if (notes.current()) notes.focus();
    }
    return;
  }
  stage.begin(talk, say);
  stage.wait(talk.left_s);
  count(find("about"), talk.talked_s, (words) => `${about(talk)} · 已谈 ${words}`);
  find("offered").hidden = !talk.offered;
  find("offered").textContent = `正在请 ${talk.offered} 接听，接通前您继续看`;
  notes.open(talk.call, `${talk.station} ${talk.place}`);
}

const about = (call) => [call.station, call.place, call.words].filter(Boolean).join(" · ");

function tell(words) {
  find("said").textContent = words;
  find("said").hidden = false;
  clearTimeout(saidTimer);
  saidTimer = setTimeout(() => (find("said").hidden = true), SAID_MS);
}

const acts = {
  async duty() {
    ring.unlock();
    if (state.on_duty) {
      wantsDuty = false;
      say("duty", { on: false });
    } else {
      const isReady = await stage.prepare();
      stage.release();
      wantsDuty = isReady;      // told when the line comes, if it is not there yet
      if (isReady) say("duty", { on: true });
    }
  },
  accept: () => state.ringing && say("accept", { call: state.ringing.call }),
  decline: () => state.ringing && say("decline", { call: state.ringing.call }),
  mute: () => stage.current() && stage.mute(),
  hangUp: () => state.call && say("hang_up", { call: state.call.call }),
  over: () => state.call && find("to").value && say("hand_over", { call: state.call.call, to: Number(find("to").value) }),
  overKey: () => state.call && (document.activeElement === find("to") ? acts.over() : find("to").focus()),
  write: () => notes.current() && notes.focus(),
  queue: () => (document.querySelector("#queue button:not(:disabled)") ?? find("duty")).focus(),
  async done() {
    if (state.call || !(await notes.close())) return;
    say("ready");
    show(state);
    find("duty").focus();
  },
};
const buttons = { duty: "duty", accept: "accept", decline: "decline", mute: "mute", "hang-up": "hangUp", over: "over", done: "done", ready: "done" };
const keys = { KeyS: "duty", KeyJ: "accept", KeyX: "decline", KeyM: "mute", KeyG: "hangUp", KeyZ: "overKey", KeyB: "write", KeyP: "queue", KeyW: "done" };

for (const [id, act] of Object.entries(buttons)) find(id).addEventListener("click", () => acts[act]());
addEventListener("keydown", (event) => {
  const act = event.altKey && !event.ctrlKey && !event.metaKey ? keys[event.code] : undefined;
  if (!act || event.repeat) return;
  event.preventDefault();
  acts[act]();
});
addEventListener("pointerdown", ring.unlock, { once: true });
find("here").addEventListener("click", () => location.reload());

// For tests: what the connection measures.
desk.stats = () => stage.connection()?.stats();
