// The agent's keys, and polling that costs nothing while nothing changes.
const list = document.getElementById("list");
const ticket = document.querySelector(".ticket[data-live]");
const PAUSE = 10000, JITTER = 5000;

if (list) remember();
if (list) poll(list.dataset.live, showCounts);
if (ticket) { back(); poll(ticket.dataset.live, showChanged); scrollDown(); }
document.addEventListener("keydown", onKey);

function poll(url, show) {
  let mark = "";
  const again = () => setTimeout(look, PAUSE + Math.random() * JITTER);
  const look = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(url, { headers: mark ? { "If-None-Match": mark } : {}, cache: "no-store" });
        if (answer.status === 200) { mark = answer.headers.get("ETag") || ""; show(await answer.json()); }
        if (answer.status === 401) return;
      } catch { /* offline: try again */ }
    }
    again();
  };
  again();
}

function showCounts(answer) {
  for (const place of document.querySelectorAll("[data-count]")) place.textContent = answer.counts[place.dataset.count] ?? place.textContent;
  const bar = document.getElementById("fresh");
  bar.hidden = !answer.fresh;
  bar.href = location.href;
  bar.lastElementChild.textContent = list.dataset.fresh.replace("#", answer.fresh);
}

function showChanged() {
  const place = document.getElementById("changed");
  place.textContent = ticket.dataset.changed;
  place.hidden = false;
}

function remember() {
  sessionStorage.setItem("list", location.href);
  const kept = Number(sessionStorage.getItem("scroll:" + location.href));
  if (kept) list.scrollTop = kept;
  list.addEventListener("scroll", () => sessionStorage.setItem("scroll:" + location.href, list.scrollTop));
}

function back() {
  const kept = sessionStorage.getItem("list");
  if (kept) document.getElementById("back").href = kept;
}

function scrollDown() {
  const last = [...document.querySelectorAll(".thread .message")].pop();
  if (last && !location.hash && !document.querySelector(".chain")) last.scrollIntoView({ block: "nearest" });
}

function onKey(event) {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.isComposing || event.keyCode === 229) return;
  if (typing) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send(event);
    else if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const act = { j: () => move(1), k: () => move(-1), o: open, Enter: open, u: up, r: () => write("reply"), n: () => write("note"), i: take, "/": search, a: () => focus("assignee"), p: () => focus("priority") }[event.key];
  if (act && act() !== false) event.preventDefault();
}

function send(event) {
  const form = event.target.form;
  if (!form || !form.closest(".composer")) return;
  event.preventDefault();
  const note = document.getElementById("tab-note").checked;
  form.requestSubmit(note ? form.querySelector(".note-button") : form.querySelector(event.shiftKey ? '[value="close"]' : '[value="stay"]'));
}

function move(step) {
  if (!list) return false;
  const rows = [...list.querySelectorAll("tbody tr")];
  const at = rows.findIndex((row) => row.classList.contains("cursor"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
  if (!next) return false;
  rows[at]?.classList.remove("cursor");
  next.classList.add("cursor");
  next.querySelector("a").focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function open() {
  const row = document.querySelector("tr.cursor a");
  if (!row || !list) return false;
  row.click();
}

function up() {
  if (!ticket) return false;
  document.getElementById("back").click();
}

function write(tab) {
  const box = document.getElementById("tab-" + tab);
  if (!box) return false;
  box.checked = true;
  document.getElementById("body").focus();
}

function take() {
  const button = document.querySelector("button.take");
  if (!button) return false;
  button.click();
}

function search() {
  const box = document.getElementById("q");
  if (!box) return false;
  box.focus();
}

function focus(id) {
  const box = document.getElementById(id);
  if (!box) return false;
  box.focus();
}
