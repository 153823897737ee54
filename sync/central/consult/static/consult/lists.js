// What all desks show alike: the queue, the colleagues, and whom to call back.

const find = (id) => document.getElementById(id);
const SURE_MS = 4000;
const rows = new Map();

/** Seconds as words. */
export const minutes = (seconds) => (seconds < 60 ? `${seconds} 秒` : `${Math.floor(seconds / 60)} 分 ${seconds % 60} 秒`);

/** A text that counts on by itself from `seconds`; down, if `step` is -1. */
export function count(element, seconds, words, step = 1) {
  element.ticking = { from: Date.now() - step * seconds * 1000, step, words };
  tick(element);
}

export function stopCounting(element) {
  delete element.ticking;
}

function tick(element) {
  const { from, step, words } = element.ticking;
  element.textContent = words(minutes(Math.max(0, Math.round((step * (Date.now() - from)) / 1000))));
}

setInterval(() => {
  for (const element of [...document.querySelectorAll("#queue time"), find("ring-time"), find("pause-time"), find("about")]) {
    if (element.ticking) tick(element);
  }
}, 1000);

/** Rows are kept while their call waits, so that the one with the focus stays. */
export function showQueue(queue, waiting, canTake, say) {
  const body = find("queue").tBodies[0];
  const calls = new Set(queue.map((one) => one.call));
  for (const [call, row] of rows) {
    if (!calls.has(call)) {
      row.remove();
      rows.delete(call);
    }
  }
  queue.forEach((one, place) => {
    if (!rows.has(one.call)) rows.set(one.call, newRow(one, say));
    const row = rows.get(one.call);
    if (body.rows[place] !== row) body.insertBefore(row, body.rows[place] ?? null);
    count(row.querySelector("time"), one.waited_s, (words) => words);
    row.querySelector(".state").textContent = one.state === "ringing" ? `正在呼叫 ${one.doctor}` : "";
    for (const button of row.querySelectorAll("button")) button.disabled = !canTake;
  });
  find("queue").hidden = !queue.length;
  find("queue-empty").hidden = queue.length > 0;
  find("queue-note").textContent = waiting ? `${waiting} 人在等，等得最久的在前` : "";
}

function newRow(one, say) {
  const row = document.createElement("tr");
  row.append(cell(element("time", "")), cell(one.station, element("small", one.place)));
  row.append(cell(one.words || "没有说", element("small", "", "state")));
  const take = element("button", "接听");
  take.type = "button";
  take.addEventListener("click", () => say("accept", { call: one.call }));
  row.append(cell(take, cancelButton(one, say)));
  row.lastChild.className = "acts";
  return row;
}

/** Pressed twice, it cancels. */
function cancelButton(one, say) {
  const button = element("button", "取消");
  button.type = "button";
  let timer = 0;
  button.addEventListener("click", () => {
    if (timer) return say("cancel", { call: one.call });
    button.textContent = "确定取消？";
    timer = setTimeout(() => {
      button.textContent = "取消";
      timer = 0;
    }, SURE_MS);
    return undefined;
  });
  return button;
}

export function showColleagues(colleagues, me) {
  const free = colleagues.filter((one) => one.free).length;
  find("colleagues-note").textContent = colleagues.length ? `${colleagues.length} 位，${free} 位有空` : "没有医生在班";
  find("colleagues").replaceChildren(
    ...colleagues.map((one) => {
      const item = element("li", "");
      item.append(element("i", "", one.free ? "dot green" : "dot amber"), `${one.name}${one.id === me ? "（您）" : ""} ${one.free ? "有空" : "忙"}`);
      return item;
    }),
  );
  const others = colleagues.filter((one) => one.id !== me && one.free);
  const select = find("to");
  const chosen = select.value;
  if (document.activeElement !== select || select.options.length !== Math.max(1, others.length)) {
    select.replaceChildren(...(others.length ? others.map((one) => new Option(one.name, one.id)) : [new Option(colleagues.length > 1 ? "都在忙" : "没有别的医生在班", "")]));
    if (others.some((one) => String(one.id) === chosen)) select.value = chosen;
  }
  find("over").disabled = select.disabled = !others.length;
}

let backs = -1;

/** The list of those to call back, asked for when their number has changed. */
export async function showBacks(number) {
  if (number === backs) return;
  backs = number;
  find("backs-note").textContent = number ? `${number} 个` : "";
  const reply = await fetch(find("desk").dataset.backs, { redirect: "error" }).catch(() => null);
  if (reply?.ok) find("backs").innerHTML = await reply.text();
  else backs = -1;
}

find("backs").addEventListener("click", async ({ target }) => {
  const call = target.dataset.back;
  if (!call) return;
  target.disabled = true;
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const reply = await fetch(`/desk/${call}/called-back`, { method: "POST", redirect: "error", headers: { "X-CSRFToken": token } }).catch(() => null);
  if (reply?.ok) target.closest("li").remove();
  else target.disabled = false;
});

function element(name, words, className = "") {
  const made = document.createElement(name);
  made.textContent = words;
  made.className = className;
  return made;
}

function cell(...content) {
  const made = document.createElement("td");
  made.append(...content);
  return made;
}
