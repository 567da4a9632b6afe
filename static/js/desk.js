// The desk's lists and tickets: ticks, keys, and polling that costs nothing while nothing changes.
const list = document.getElementById("list");
const ticket = document.querySelector(".ticket[data-live]");
const keysOff = document.body.dataset.keys === "off";
const PAUSE = 10000, JITTER = 5000;

if (list) { remember(); ticks(); showPresent(JSON.parse(list.dataset.present || "{}")); poll(list.dataset.live, showCounts); }
if (ticket) { back(); poll(ticket.dataset.live, showChanged); scrollDown(); }
const allow = document.querySelector("[data-allow]");
if (allow && "Notification" in window && Notification.permission === "default") {
  allow.hidden = false;
  allow.addEventListener("click", async () => { await Notification.requestPermission(); allow.hidden = true; });
}
const slow = document.querySelector("[data-reload]");
if (slow) setTimeout(() => location.reload(), slow.dataset.reload * 1000);
document.addEventListener("keydown", onKey);
document.addEventListener("click", closeMenus);
for (const button of document.querySelectorAll("[data-keys-card]")) button.addEventListener("click", help);

function poll(url, show) {
  let mark = "";
  const again = () => setTimeout(look, PAUSE + Math.random() * JITTER);
  const soon = Boolean(ticket);
  const look = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(url, { headers: mark ? { "If-None-Match": mark } : {}, cache: "no-store" });
        if (answer.status === 401) return signedOut();
        if (answer.status === 200) { mark = answer.headers.get("ETag") || ""; show(await answer.json()); }
      } catch { /* offline: try again */ }
    }
    again();
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden && mark) look(); });
  // on a ticket the others see at once that somebody is there
  if (soon) setTimeout(look, 500); else again();
}

// A page that nobody is signed in to any more says so, and lets one sign in again beside it.
function signedOut() {
  const place = document.getElementById("signed-out");
  if (place) place.hidden = false;
}

function presence(others, words) {
  return others.map((one) => {
    const shown = document.createElement("span"), disc = document.createElement("span");
    shown.className = "present-one" + (one.writing ? " writes" : "");
    disc.className = "disc";
    disc.textContent = one.initial;
    disc.title = one.name;
    shown.append(disc, " " + (words.whole ? one.name + " " : "") + (one.writing ? words.writes : words.looks));
    return shown;
  });
}

// The browser tells of what is new, once, where the person allowed it and wants it.
function tell(one) {
  const told = JSON.parse(localStorage.getItem("told") || "[]");
  if (told.includes(one.key) || !("Notification" in window) || Notification.permission !== "granted") return;
  localStorage.setItem("told", JSON.stringify([...told, one.key].slice(-50)));
  new Notification(one.words, { tag: one.key }).onclick = () => { window.focus(); location.href = one.url; };
}

function showPresent(present) {
  for (const old of list.querySelectorAll(".present-one")) old.remove();
  for (const [reference, others] of Object.entries(present)) {
    const place = document.getElementById("t-" + reference)?.querySelector(".c-subject a");
    if (place) place.append(...presence(others, list.dataset));
  }
}

function showCounts(answer) {
  showPresent(answer.present);
  for (const one of answer.news || []) tell(one);
  for (const place of document.querySelectorAll("[data-count]")) place.textContent = answer.counts[place.dataset.count] ?? place.textContent;
  const bar = document.getElementById("fresh");
  bar.hidden = !answer.fresh;
  bar.lastElementChild.textContent = list.dataset.fresh.replace("#", answer.fresh);
}

function showChanged(answer) {
  const place = document.getElementById("changed"), here = document.getElementById("present");
  place.textContent = ticket.dataset.changed;
  place.hidden = !answer.changed;
  here.replaceChildren(...presence(answer.others, { ...here.dataset, whole: true }));
  here.hidden = !answer.others.length;
}

// --- lists: the place in them survives a visit to a ticket

function rows() { return [...list.querySelectorAll("tbody tr")]; }

function remember() {
  const here = new URL(location.href);
  here.searchParams.delete("told");
  here.hash = "";
  sessionStorage.setItem("list", here.href);
  const kept = Number(sessionStorage.getItem("scroll:" + location.href));
  if (kept) list.scrollTop = kept;
  list.addEventListener("scroll", () => sessionStorage.setItem("scroll:" + location.href, list.scrollTop));
  const at = document.getElementById(sessionStorage.getItem("row") || "-") || document.getElementById(location.hash.slice(1));
  if (at && list.contains(at)) at.classList.add("cursor");
  list.addEventListener("click", (event) => {
    const row = event.target.closest("tbody tr");
    if (!row) return;
    sessionStorage.setItem("row", row.id);
    // the whole row opens, unless somebody marks its words
    if (!event.target.closest("a, label, input, button") && !String(getSelection())) row.querySelector("a").click();
  });
}

function ticks() {
  const form = document.getElementById("bulk"), all = document.getElementById("tick-all"), words = form.querySelector(".ticked");
  let last = null, before = 0;
  const boxes = () => [...list.querySelectorAll('input[name="ticket"]')];
  const show = () => {
    const ticked = boxes().filter((box) => box.checked).length;
    if (all) { all.checked = ticked > 0 && ticked === boxes().length; all.indeterminate = ticked > 0 && !all.checked; }
    words.textContent = words.dataset.words.replace("#", ticked);
    // choices for tickets that nobody ticks any more are forgotten, once
    if (!ticked && before) form.reset();
    before = ticked;
  };
  list.addEventListener("click", (event) => {
    const box = event.target;
    if (box === all) boxes().forEach((one) => { one.checked = all.checked; });
    if (box.name === "ticket") {
      const each = boxes(), from = each.indexOf(last), to = each.indexOf(box);
      if (event.shiftKey && from >= 0) for (let n = Math.min(from, to); n <= Math.max(from, to); n++) each[n].checked = box.checked;
      last = box;
    }
    show();
  });
  form.addEventListener("reset", () => { before = 0; boxes().forEach((one) => { one.checked = false; }); setTimeout(show); });
  if (all) all.closest("label").hidden = false;
  show();
}

function back() {
  const kept = sessionStorage.getItem("list");
  const link = document.getElementById("back");
  if (kept && new URL(link.href).pathname === new URL(kept).pathname) link.href = kept;
  sessionStorage.setItem("row", "t-" + ticket.dataset.reference);
}

function scrollDown() {
  const last = [...document.querySelectorAll(".thread .message")].pop();
  if (last && !location.hash && !document.querySelector(".chain")) last.scrollIntoView({ block: "nearest" });
}

function closeMenus(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
}

// --- keys

const KEYS = {
  j: () => move(1), k: () => move(-1), o: open, Enter: open, x: tick, u: up, J: () => beside("after"), K: () => beside("before"),
  r: () => write("reply"), n: () => write("note"), i: take, e: close, "/": () => focus("q"), "?": help,
  a: () => act("assign", "assignee"), s: () => act("state", "state"), p: () => act("priority", "priority"),
  t: () => act("queue", "queue"), z: () => act("snooze", "snooze"), g: () => { pending = Date.now(); },
};
const GO = { i: "open", m: "mine", u: "unassigned", a: "alerts" };
let pending = 0;

function onKey(event) {
  const typing = event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], dialog");
  if (event.isComposing || event.keyCode === 229) return;
  if (typing) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send(event);
    else if (event.key === "Enter" && event.target.closest("#bulk .menu-box")) {
      event.preventDefault();
      event.target.closest(".menu-box").querySelector("button").click();
    }
    else if (event.key === "Escape" && !event.target.closest("dialog")) leave(event.target);
    return;
  }
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && !event.altKey && document.querySelector("[data-undo]")) {
    event.preventDefault();
    document.querySelector("[data-undo]").click();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") return leave(event.target);
  if (keysOff) return;
  const went = pending && Date.now() - pending < 1500 && GO[event.key];
  pending = 0;
  if (went) {
    const link = document.querySelector(`.views [data-view="${went}"]`);
    location.href = link ? link.href : "/desk/queues/" + went;
    event.preventDefault();
  } else if (KEYS[event.key] && KEYS[event.key](event) !== false) event.preventDefault();
}

function leave(target) {
  const menu = target.closest("details.menu[open]") || document.querySelector("details.menu[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  else if (target !== document.body) target.blur();
  else if (list) document.getElementById("bulk").reset();
}

function send(event) {
  const form = event.target.form;
  if (!form || !form.closest(".composer")) return;
  event.preventDefault();
  const note = document.getElementById("tab-note").checked;
  form.requestSubmit(note ? form.querySelector(".note-button") : form.querySelector(`.buttons [value="${event.shiftKey ? "close" : "stay"}"]`));
}

function move(step) {
  if (!list) return false;
  const each = rows(), at = each.findIndex((row) => row.classList.contains("cursor"));
  const next = each[Math.min(each.length - 1, Math.max(0, at + step))];
  if (!next) return false;
  each[at]?.classList.remove("cursor");
  next.classList.add("cursor");
  next.querySelector("a").focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function cursor() { return list && list.querySelector("tr.cursor"); }

function open(event) {
  const row = cursor();
  // Enter on a link or a button is theirs
  if (!row || (event.key === "Enter" && event.target.closest("a, button, summary, input"))) return false;
  row.querySelector("a").click();
}

function tick(event) {
  const box = cursor()?.querySelector('input[name="ticket"]');
  if (!box) return false;
  box.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey: event.shiftKey }));
}

function act(name, field) {
  if (ticket) return focus(field);
  if (!list) return false;
  const row = cursor();
  if (!list.querySelector('input[name="ticket"]:checked')) { if (!row) return false; row.querySelector('input[name="ticket"]').click(); }
  const menu = document.querySelector(`#bulk details[data-act="${name}"]`);
  if (!menu) return false;
  menu.open = true;
  menu.querySelector("select, input").focus();
}

function close() {
  const button = ticket ? document.querySelector("button[data-key=e]") : list?.querySelector('input[name="ticket"]:checked') && document.querySelector("#bulk button[data-key=e]");
  if (!button) return false;
  button.click();
}

function take() {
  const button = document.querySelector("button.take");
  if (!button) return false;
  button.click();
}

function up() {
  const link = document.getElementById("back");
  if (!link) return false;
  link.click();
}

function beside(name) {
  const link = document.getElementById(name);
  if (!link) return false;
  link.click();
}

function write(tab) {
  const box = document.getElementById("tab-" + tab);
  if (!box) return false;
  box.checked = true;
  document.getElementById(tab === "note" ? "note-body" : "body").focus();
}

function focus(id) {
  const box = document.getElementById(id);
  if (!box) return false;
  const menu = box.closest("details");
  if (menu) menu.open = true;
  box.focus();
}

function help() {
  const card = document.getElementById("keys");
  if (!card) return false;
  card.showModal();
}
