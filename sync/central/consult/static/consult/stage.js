// The call on the desk: this side's devices, both pictures, and what is wrong in words.

import { Call, openDevices } from "../page/call.js";
import { drawnDevices } from "./drawn.js";

const find = (id) => document.getElementById(id);
const WORDS = {
  NotAllowedError: "浏览器不让用摄像头和麦克风：请点地址栏左边的图标，选“允许”，再点重试",
  NotFoundError: "没有找到摄像头或麦克风：请插好，再点重试",
  NotReadableError: "摄像头或麦克风正被别的程序占用：请关掉那个程序，再点重试",
  TypeError: "这个网址不能用摄像头：请用 https 开头的网址打开",
};
const NONE = "NotFoundError";
const mayDraw = "drawn" in find("desk").dataset;    // a demonstration: a drawn picture may stand for the doctor
const COVERS = { connecting: "正在接通…", lost: "线路不稳，正在重连…" };
const THEIRS = {
  video360: "工友的网络不太好", sound: "工友的网络不太好", "no-camera": "工友的摄像头断了，只有声音",
};
const CHIPS = { video360: "网络不太好，画面变小了", sound: "网络不好，只送声音" };

let call = null;
let id = null;
let stream = null;
let opening = null;
let levels = {};

export const current = () => id;
export const connection = () => call;

/** Open camera and microphone, once; false if they cannot be. */
export async function prepare() {
  if (isLive()) return true;
  try {
    opening ??= openDevices().catch((fault) => {
      if (!mayDraw || fault.name !== NONE) throw fault;
      return drawnDevices();
    });
    stream = await opening;
    find("device").hidden = true;
    if (!stream.getVideoTracks().length) trouble("没有找到摄像头，工友只能听到您的声音");
    find("own").srcObject = stream;
    call?.replace(stream);
    return true;
  } catch (fault) {
    trouble(WORDS[fault.name] ?? `摄像头和麦克风打不开（${fault.name}）：请检查后再点重试`);
    return false;
  } finally {
    opening = null;
  }
}

/** Close them, if nobody talks. */
export function release() {
  if (call) return;
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  find("own").srcObject = null;
}

export async function begin(talk, send) {
  if (id === talk.call) return call?.setIce(talk.ice);
  end();
  id = talk.call;
  levels = {};
  find("stage").hidden = false;
  cover(COVERS.connecting);
  await prepare();
  if (id !== talk.call) return undefined;
  call = new Call({
    polite: false, ice: talk.ice, local: stream, send: (data) => send("signal", { call: talk.call, data }),
    onremote: (remote) => (find("remote").srcObject = remote),
    onstate: (state) => cover(COVERS[state] ?? ""),
    onlevel: (level) => {
      levels.own = level;
      chip();
      send("quality", { level });
    },
    onlocal: (local) => {
      stream = local;
      find("own").srcObject = local;
    },
    ondevice: (kind, isThere) => (isThere ? (find("device").hidden = true) : trouble(lost(kind))),
  });
  call.mute(find("mute").getAttribute("aria-pressed") === "true");
  return call;
}

export function receive(data) {
  call?.receive(data);
}

export function theirLevel(level) {
  levels.their = level;
  chip();
}

/** The worker's line is gone; so many seconds are left. */
export function wait(left) {
  if (left > 0) cover(`工友的线路断了，正在等他回来（${left} 秒）；不等了就按挂断`);
  else if (find("cover").textContent.startsWith("工友的")) cover("");
}

export function mute() {
  const button = find("mute");
  const isMuted = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", isMuted);
  button.querySelector("span").textContent = isMuted ? "已静音" : "静音";
  call?.mute(isMuted);
}

export function end() {
  call?.close();
  call = null;
  id = null;
  find("remote").srcObject = null;
  find("stage").hidden = true;
  if (find("mute").getAttribute("aria-pressed") === "true") mute();
  release();
}

const isLive = () => stream?.getTracks().some((track) => track.readyState === "live") ?? false;
const lost = (kind) => (kind === "audio" ? "麦克风断开了：请插好，会自动恢复" : "摄像头断开了：请插好，会自动恢复");

function cover(words) {
  find("cover").textContent = words;
  find("cover").hidden = !words;
}

function chip() {
  const words = CHIPS[levels.own] ?? THEIRS[levels.their];
  find("chip").textContent = words ?? "";
  find("chip").hidden = !words;
}

function trouble(words) {
  find("device").querySelector("p").textContent = words;
  find("device").hidden = false;
}

find("retry").addEventListener("click", async () => {
  if ((await prepare()) && !call) release();
});
