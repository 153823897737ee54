// The worker's side of a call: mirror, queue, ring, talk. The kiosk supervises it, the office decides.

import { Call } from "./call.js";
import { Devices } from "./devices.js";
import { Office } from "./office.js";
import * as screen from "./screen.js";
import { StillThere } from "./still_there.js";

const { find, word } = screen;
const LOST_S = 59;          // a talk is over so long after the last sign of the other side; a minute, with the look
const GOODBYE_MS = 500;     // for the office to have a last word
const NOTICED_MS = 8000;    // what it takes a connection to know that it is lost
const QUEUE_LOST_S = 30;    // a place in the queue, as long as the office keeps it
const DEAF_MS = 20000;      // a talk whose microphone is gone so long is over
const HEARD = 0.06;         // of the microphone's bar: somebody spoke

let office = null;
let call = null;
let ice = [];
let frames = 0;
let muted = false;
let level = "video720";     // of what is sent
let isBlind = false;        // the camera was pulled out in the talk, which goes on without it
let over = false;
let lineIsGone = false;
let talkIsLost = false;
let goneSince = 0;
let deafSince = 0;

const kiosk = new WebSocket(`ws://${location.host}${location.pathname}line`);
const tell = (kind, fields = {}) => kiosk.readyState === WebSocket.OPEN && kiosk.send(JSON.stringify({ kind, ...fields }));

const stillThere = new StillThere({
  onask: (left) => {
    find("still-there").hidden = left === null;
    if (left !== null) find("still-there-left").textContent = word("still_there_left", { seconds: left });
  },
  onleave: () => leave(),
});

const devices = new Devices({
  onstream: (stream) => {
    find("own").srcObject = stream;
    find("no-picture").hidden = true;
    screen.checked("check-camera", true);
    find("start").disabled = false;
  },
  onlevel: (level) => {
    screen.bars(level);
    if (level > HEARD) screen.checked("check-microphone", true);
  },
  onlost: () => end("failed", { code: "device-lost" }),
});

function enter(phase) {
  if (screen.phase() === phase) return;
  screen.show(phase);
  stillThere.enter(phase);
  if (phase === "ring") devices.chime();
  if (phase !== "queue") find("talks").hidden = true;
  tell("phase", { phase });
}

function end(kind, fields) {
  if (over) return;
  over = true;
  tell(kind, fields);
  call?.close();
  office?.close();
}

function leave() {
  office?.say(screen.phase() === "call" ? "hang_up" : "leave");
  if (screen.phase() !== "call") end("leave");
  else setTimeout(() => end("ended", { ending: "talked" }), 1500);     // the office's own word comes sooner
}

function state(said) {
  if (said.ice) ice = said.ice;
  screen.doctor(said.doctor);
  if (said.state === "ended") end("ended", { ending: said.ending ?? "" });
  else if (said.state === "talking") talk(said);
  else {
    call?.close();
    call = null;
    devices.inCall = false;
    screen.queue(said);
    enter(said.state === "ringing" ? "ring" : "queue");
  }
}

function talk() {
  enter("call");
  if (call) {
    call.setIce(ice);
    return;
  }
  call = new Call({
    polite: true,
    ice,
    local: devices.stream,
    ondevice: (kind, there) => {
      clearTimeout(deafSince);
      if (!there && kind === "audio") deafSince = setTimeout(() => end("failed", { code: "device-lost" }), DEAF_MS);
      if (kind === "video") isBlind = !there;
      sends();
    },
    onlocal: (stream) => {
      if (stream !== devices.stream) devices.adopt(stream);
    },
    send: (data) => office.say("signal", { data }),
    onremote: (stream) => (find("doctor").srcObject = stream),
    onlevel: (each) => {
      level = each;
      find("sound-only").hidden = level !== "sound";
      sends();
    },
    onstate: (each) => {
      talkIsLost = each === "lost";
      reconnecting();
      if (each === "connected") sends();      // to a desk that may have come since
    },
  });
  devices.inCall = true;      // the call itself acquires again what is unplugged
  call.mute(muted);
}

function sends() {
  office.say("quality", { level: isBlind ? "no-camera" : level });
  chip();
}

function chip() {
  if (goneSince) screen.chip("lost");
  else if (call) screen.chip(isBlind ? "no-camera" : level);
  else screen.chip("ok");
}

function reconnecting() {
  const gone = lineIsGone || talkIsLost;
  if (gone) goneSince ||= lineIsGone ? office.heard : performance.now() - NOTICED_MS;
  if (!gone) goneSince = 0;
  find("reconnecting").hidden = !(gone && screen.phase() === "call");
  find("trouble").hidden = !gone;
  countdown();
  chip();
}

function countdown() {
  screen.tick();
  call?.stats().then((found) => (frames = found.frames ?? frames)).catch(() => undefined);
  if (!goneSince || over) return;
  const most = screen.phase() === "call" ? LOST_S : QUEUE_LOST_S;
  const left = Math.ceil(most - (performance.now() - goneSince) / 1000);
  find("left").textContent = Math.max(0, left);
  if (left <= 0) end("failed", { code: "line" });
}

function go(said) {
  ice = said.ice;
  screen.queue(said);
  enter("queue");
  office = new Office({
    go: said,
    onstate: state,
    onsignal: (data) => call?.receive(data),
    online: (there) => {
      lineIsGone = !there;
      if (there) call?.again();
      reconnecting();
    },
    onend: (ending) => end("ended", { ending }),
  });
}

function talks(list) {
  find("watch").hidden = list.length === 0;
  find("talk-list").replaceChildren(...list.map(({ talk, title, minutes }) => {
    const line = document.createElement("li");
    const button = document.createElement("button");
    button.textContent = minutes ? word("talk_minutes", { title, minutes }) : title;
    button.onclick = () => {
      find("talks").hidden = true;
      const { left, top, width, height } = find("picture").getBoundingClientRect();
      tell("watch", { talk, box: [left, top, width, height].map(Math.round) });
    };
    line.append(button);
    return line;
  }));
}

const heard = {
  hello: async (said) => {
    await screen.dress(said);
    screen.tick();
    stillThere.patience = said.patience;
    talks(said.talks ?? []);
    try {
      await devices.open();
      enter("mirror");
    } catch (fault) {
      end("failed", { code: `device-${fault.name}` });
    }
  },
  beat: ({ n }) => tell("beat", { n, phase: screen.phase(), frames }),
  go,
  watching: ({ on }) => {
    for (const id of ["watching", "watching-stop"]) find(id).hidden = !on;
    find("watch").hidden = find("estimate").hidden = on;
    stillThere.hold(on);
  },
  bye: leave,
};

kiosk.onmessage = ({ data }) => {
  const said = JSON.parse(data);
  heard[said.kind]?.(said);
};
kiosk.onopen = () => tell("hello");
kiosk.onclose = async () => {
  await office?.lastly("lost", GOODBYE_MS);   // nobody hung up: the kiosk has broken, or this page is about to be killed
  window.close();
};

const taps = {
  start: () => {
    enter("asking");
    tell("ready");
  },
  leave,
  "hang-up": leave,
  "still-there": () => stillThere.answered(),
  tone: () => devices.tone().then(() => screen.checked("check-sound", true)),
  mute: () => {
    muted = !muted;
    call?.mute(muted);
    find("mute").classList.toggle("off", muted);
    find("mute-words").textContent = word(muted ? "unmute" : "mute");
    screen.setIcon(find("mute-icon"), muted ? "microphone-off" : "microphone");
  },
  softer: () => (find("doctor").volume = Math.max(0.1, find("doctor").volume - 0.15)),
  louder: () => (find("doctor").volume = Math.min(1, find("doctor").volume + 0.15)),
  watch: () => (find("talks").hidden = false),
  "talks-close": () => (find("talks").hidden = true),
  "watching-stop": () => tell("watch", { talk: "" }),
};
for (const [id, tap] of Object.entries(taps)) find(id).addEventListener("click", tap);
addEventListener("pointerdown", () => {
  stillThere.touched();
  tell("touched");
}, { capture: true });
screen.shut();
setInterval(countdown, 1000);
