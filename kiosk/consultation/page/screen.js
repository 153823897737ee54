// What is shown: words and icons of the kiosk's, one phase at a time, countdowns.

export const find = (id) => document.getElementById(id);

let words = {};
let icons = {};
let zone = "Asia/Shanghai";

export const word = (name, values = {}) =>
  Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), words[name] ?? "");

export function setIcon(element, name) {
  element.dataset.icon = name;
  element.textContent = icons[name] ?? "";
}

const FACES = ["400 1em Icons", "400 1em Yizhan", "700 1em Yizhan"];
const FACES_MS = 3000;      // whoever waits longer is better served by any face

const faces = () => Promise.race([
  Promise.allSettled(FACES.map((face) => document.fonts.load(face))),
  new Promise((resolve) => setTimeout(resolve, FACES_MS)),
]);

export async function dress(hello) {
  await faces();
  document.body.dataset.dressed = "";
  ({ words, icons, zone } = hello);
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  for (const element of document.querySelectorAll("[data-icon]")) setIcon(element, element.dataset.icon);
  find("fake").hidden = !hello.fake;
  if (find("chip")) chip("ok");
}

export const phase = () => document.body.dataset.phase;

export function show(name) {
  document.body.dataset.phase = name;
  find("leave-words").textContent = word(name === "mirror" ? "back" : "leave");
}

export function chip(level) {
  const bad = level !== "ok" && level !== "video720";
  find("chip").classList.toggle("bad", bad);
  setIcon(find("chip").querySelector("i"), bad ? "cloud-alert" : "cloud-check");
  const said = {
    ok: "line_good", video720: "call_good", video360: "small_picture", sound: "sound_only", "no-camera": "no_camera",
    lost: "reconnecting",
  };
  find("chip-words").textContent = word(said[level] ?? "line_good");
}

export function tick() {
  const form = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
  find("clock").textContent = new Intl.DateTimeFormat("zh-CN", form).format(new Date());
}

export function queue({ place, wait_s: wait }) {
  find("place").textContent = place > 0 ? place : "";
  find("ahead").textContent = place > 1 ? word("ahead", { count: place - 1 }) : word("you_are_next");
  const minutes = Math.max(1, Math.round((wait ?? 0) / 60));
  find("estimate").textContent = wait > 0 ? word("estimate", { minutes }) : word("no_estimate");
}

export function doctor(who) {
  if (!who) return;
  find("doctor-name").textContent = [who.name, who.title].filter(Boolean).join("  ");
  find("doctor-licence").textContent = who.licence ? word("licence", { number: who.licence }) : "";
}

export function checked(id, good) {
  const line = find(id);
  line.classList.toggle("good", good);
  setIcon(line.querySelector("i"), good ? "check-circle" : "circle-outline");
}

export function bars(level) {
  const shapes = [0.45, 0.8, 1, 0.7, 0.5];
  for (const [place, bar] of [...find("bars").children].entries())
    bar.style.setProperty("height", `${Math.round(14 + 86 * Math.min(1, level * shapes[place] * 1.6))}%`);
}

// No key, gesture or menu leads anywhere.
export function shut() {
  const no = (event) => event.preventDefault();
  for (const name of ["contextmenu", "selectstart", "dragstart", "drop", "dragover", "keydown", "keyup", "keypress", "gesturestart", "auxclick", "paste", "copy"])
    addEventListener(name, no, { capture: true });
  addEventListener("wheel", no, { capture: true, passive: false });
  addEventListener("touchmove", no, { capture: true, passive: false });
  window.open = () => null;
  window.print = () => undefined;
}
