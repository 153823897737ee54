// The notes of one call: saved a second after the last key, with the version they were made from.

const PAUSE_MS = 1000;
const RETRY_MS = 5000;

const form = document.getElementById("notes");
const card = document.getElementById("notes-card");
const kept = document.getElementById("kept");
const conflict = document.getElementById("conflict");
const token = document.querySelector("[name=csrfmiddlewaretoken]").value;

let call = null;
let version = null;
let saved = "";
let timer = 0;
let busy = false;
let theirs = null;
let opening = false;

export const current = () => call;
const typed = () => Object.fromEntries(Array.from(form.elements).filter((one) => one.name).map((one) => [one.name, one.value]));
const address = () => `/desk/${call}/notes`;

/** Show the notes of this call, as they are kept. */
export async function open(id, words) {
  if (call === id || opening) return undefined;
  opening = true;
  const isFree = await close().finally(() => (opening = false));
  if (!isFree) return undefined;          // what was typed is not saved yet: asked again with the next news
  call = id;
  version = null;
  form.reset();
  saved = JSON.stringify(typed());
  document.getElementById("notes-of").textContent = words;
  card.hidden = false;
  say("");
  try {
    const reply = await fetch(address(), { redirect: "error" });
    if (call !== id) return;
    if (!reply.ok) return say("病历没有读出来", true);
    const found = await reply.json();
    version = found.version;
    if (JSON.stringify(typed()) === saved) put(found.notes);
  } catch {
    say("病历没有读出来", true);
  }
  return undefined;
}

/** Save what is not saved, then put the form away; false if it could not be saved. */
export async function close() {
  if (call === null) return true;
  if (isDirty()) await save();
  if (isDirty()) return false;
  call = null;
  card.hidden = true;
  conflict.hidden = true;
  return true;
}

export function isDirty() {
  return call !== null && JSON.stringify(typed()) !== saved;
}

export function focus() {
  (Array.from(form.elements).find((one) => one.name && !one.value) ?? form.elements[0]).focus();
}

function put(notes) {
  for (const one of form.elements) if (one.name) one.value = notes[one.name] ?? "";
  saved = JSON.stringify(typed());
  tellFull();
}

/** Whoever types on where nothing more goes in is told. */
function tellFull() {
  for (const one of form.elements) if (one.name) one.nextElementSibling.hidden = one.value.length < one.maxLength;
}

function say(words, isBad = false) {
  kept.textContent = words;
  kept.classList.toggle("bad", isBad);
}

async function save() {
  clearTimeout(timer);
  if (busy || theirs || !isDirty()) return;
  busy = true;
  const notes = typed();
  say("正在保存…");
  try {
    const reply = await fetch(address(), {
      method: "POST", redirect: "error", keepalive: true,
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify({ notes, based_on: version }),
    });
    await took(reply, notes);
  } catch {
    say("没有保存，正在重试。请不要关闭页面", true);
    timer = setTimeout(save, RETRY_MS);
  } finally {
    busy = false;
  }
  if (!theirs && kept.className !== "bad" && isDirty()) timer = setTimeout(save, PAUSE_MS);
}

async function took(reply, notes) {
  if (reply.ok) {
    const answer = await reply.json();
    version = answer.version;
    saved = JSON.stringify(notes);
    say(`已保存 ${answer.at}`);
    return;
  }
  const answer = await reply.json().catch(() => ({ words: "没有保存，请重新登录后再试" }));
  say("没有保存", true);
  conflict.hidden = false;
  conflict.querySelector("p").textContent = answer.words;
  theirs = answer.newest ?? null;
  for (const button of conflict.querySelectorAll("button")) button.hidden = theirs === null;
}

form.addEventListener("input", () => {
  tellFull();
  if (!theirs) conflict.hidden = true;
  clearTimeout(timer);
  timer = setTimeout(save, PAUSE_MS);
});
form.addEventListener("submit", (event) => event.preventDefault());
document.getElementById("theirs").addEventListener("click", () => settle(true));
document.getElementById("mine").addEventListener("click", () => settle(false));

function settle(isTheirs) {
  version = theirs.version;
  if (isTheirs) put(theirs.notes);
  theirs = null;
  conflict.hidden = true;
  say("");
  save();
}

addEventListener("pagehide", save);
addEventListener("beforeunload", (event) => isDirty() && event.preventDefault());
