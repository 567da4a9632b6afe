// Nothing typed is lost: words are kept in this browser at once, on the server within two seconds, and both let go of
// them when the server says they were sent. A form with data-draft="place" is kept under that place of its person.
const token = () => document.querySelector('meta[name="csrf"]').content;
const PAUSE_TYPING = 2000, PAUSE_CUT = 3000, PATIENCE = 8000, KEPT_DAYS = 7;

function Draft(form) {
  const place = form.dataset.draft, url = "/drafts/" + place, key = `draft:${document.body.dataset.user}:${place}`;
  const saved = document.getElementById(form.dataset.says || "saved");
  let number = Number(form.dataset.number || 0), last = "", timer, running, sending = false;

  const fields = () => [...form.elements].filter((one) => one.name && !["hidden", "file", "submit", "button"].includes(one.type)
    && !one.closest("[data-not-kept]"));
  const words = () => {
    const kept = new URLSearchParams();
    for (const one of fields()) {
      if (["checkbox", "radio"].includes(one.type) ? one.checked : one.type !== "select-multiple") kept.append(one.name, one.value);
      else if (one.type === "select-multiple") for (const chosen of one.selectedOptions) kept.append(one.name, chosen.value);
    }
    return kept;
  };
  const say = (words, bad) => { if (saved) { saved.textContent = words; saved.classList.toggle("bad", Boolean(bad)); } };

  const local = {
    put: (text) => { try { localStorage.setItem(key, JSON.stringify({ number, text, at: Date.now() })); } catch { /* full or off */ } },
    get: () => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    drop: () => localStorage.removeItem(key),
  };

  const ask = async (method, path, body) => {
    const patience = AbortSignal.timeout(PATIENCE);
    running = new AbortController();
    const answer = await fetch(path, {
      method, body, cache: "no-store", signal: AbortSignal.any([patience, running.signal]),
      headers: { Accept: "application/json", "X-CSRFToken": token() },
    });
    if (!answer.ok) throw new Refused(answer.status);
    return answer.json();
  };

  // after a sign-in elsewhere the page's tokens are of the session before
  const renew = (known) => {
    if (String(known.user) !== document.body.dataset.user) throw new Refused(401);
    document.querySelector('meta[name="csrf"]').content = known.csrf;
    for (const one of document.querySelectorAll('input[name="csrf_token"]')) one.value = known.csrf;
    const banner = document.getElementById("signed-out");
    if (banner) banner.hidden = true;
  };

  const cut = (error) => {
    if (sending) return;
    if (error instanceof Refused && (error.status === 401 || error.status === 400)) {
      const banner = document.getElementById("signed-out");
      if (banner) banner.hidden = false;
      say(form.dataset.signedOut || form.dataset.cut, true);
      timer = setTimeout(async () => { try { renew(await ask("GET", url)); save(); } catch (again) { cut(again); } }, PAUSE_CUT);
    } else {
      say(form.dataset.cut, true);
      timer = setTimeout(save, PAUSE_CUT);
    }
  };

  const save = async () => {
    clearTimeout(timer);
    const body = words(), text = body.toString();
    if (sending || text === last) return;
    body.append("base", last);
    try {
      const kept = await ask("POST", url + "?number=" + number, body);
      if (sending) return;
      if (kept.kept) {
        last = text;
        if (words().toString() === text) local.drop();
        say(kept.saved ? form.dataset.kept.replace("#", kept.saved) : "");
        showLost(kept.lost || []);
      } else if (kept.beside !== undefined) {
        putTogether(new URLSearchParams(last), new URLSearchParams(kept.beside));
        last = kept.beside;
        local.put(words().toString());
        say(form.dataset.beside, true);
        timer = setTimeout(save, PAUSE_TYPING);
      } else {
        // the place moved on: what was sent elsewhere is gone, what was given back stands before what is typed here
        number = kept.number;
        setNumber();
        const back = new URLSearchParams(kept.text || ""), area = form.querySelector("textarea");
        const words_back = area ? back.get(area.name) || "" : "";
        if (words_back.trim() && !area.value.includes(words_back.trim())) {
          area.value = words_back + (area.value.trim() ? "\n\n" + area.value : "");
          local.put(words().toString());
          say(form.dataset.back, true);
          timer = setTimeout(save, PAUSE_TYPING);
          return;
        }
        last = text;
        local.drop();
        say(form.dataset.overtaken || "", true);
      }
    } catch (error) {
      if (error.name !== "AbortError") cut(error);
    }
  };

  // another page of the same person wrote here: its words stand first, then what is new in these
  const putTogether = (base, theirs) => {
    for (const area of form.querySelectorAll("textarea[name]")) {
      const own = area.value, other = theirs.get(area.name) || "", before = base.get(area.name) || "";
      if (own.includes(other.trim())) continue;
      const added = before && own.startsWith(before) ? own.slice(before.length) : own;
      area.value = other.includes(own.trim()) ? other : `${other}\n\n${added.trim()}`;
    }
  };

  const setNumber = () => { for (const one of form.querySelectorAll('input[name="draft"]')) one.value = number; };
  const typed = () => {
    local.put(words().toString());
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE_TYPING);
  };

  const fill = (text) => {
    const kept = new URLSearchParams(text);
    for (const one of fields()) {
      const values = kept.getAll(one.name);
      if (["checkbox", "radio"].includes(one.type)) one.checked = values.includes(one.value);
      else if (one.type === "select-multiple") for (const option of one.options) option.selected = values.includes(option.value);
      else if (kept.has(one.name)) one.value = values[fields().filter((other) => other.name === one.name).indexOf(one)] ?? values[0];
    }
    for (const one of form.querySelectorAll("[hx-get]")) one.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // what this browser kept and the server did not hear of goes first, unless it was sent meanwhile
  const restore = (server) => {
    const own = local.get();
    if (own && own.number < number) local.drop();
    else if (own && own.text !== words().toString() && !form.dataset.refused) { fill(own.text); offerToThrowAway(); save(); return; }
    if (server && !form.dataset.refused) {
      fill(server.text);
      last = words().toString();
      say(form.dataset.restored.replace("#", server.saved));
      offerToThrowAway();
    }
  };

  const offerToThrowAway = () => {
    const button = form.querySelector("[data-throw-away]");
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      clearTimeout(timer);
      sending = true;
      local.drop();
      try { await ask("POST", url + "/removal"); location.reload(); } catch (error) { sending = false; cut(error); }
    });
  };

  const begin = async () => {
    last = words().toString();
    if (form.dataset.number !== undefined) return restore(null);
    try {
      const known = await ask("GET", url);
      number = known.number;
      for (const [name, value] of [["draft_place", place], ["draft", number]]) {
        const hidden = document.createElement("input");
        Object.assign(hidden, { type: "hidden", name, value });
        form.append(hidden);
      }
      restore(known.text && words().toString() === last ? known : null);
    } catch (error) {
      if (error.name !== "AbortError") restore(null);
    }
  };

  // the line and the session are tried before the page is left: a browser's error page has no words on it
  const leave = async (event) => {
    if (event.defaultPrevented || form.dataset.tried) return;
    event.preventDefault();
    const button = event.submitter;
    local.put(words().toString());
    clearTimeout(timer);
    if (running) running.abort();
    if (button) button.setAttribute("aria-busy", "true");
    try {
      renew(await ask("GET", url));
      sending = true;
      form.dataset.tried = "1";
      form.requestSubmit(button);
    } catch (error) {
      cut(error);
      if (!(error instanceof Refused)) say(form.dataset.unsent, true);
    } finally {
      if (button) button.removeAttribute("aria-busy");
      setTimeout(() => { delete form.dataset.tried; sending = false; }, 5000);
    }
  };

  form.addEventListener("input", typed);
  form.addEventListener("focusout", save);
  form.addEventListener("submit", leave);
  window.addEventListener("online", save);
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  begin();
}

class Refused extends Error {
  constructor(status) { super(String(status)); this.status = status; }
}

function showLost(lost) {
  const place = document.getElementById("lost");
  if (!place) return;
  place.hidden = !lost.length;
  place.lastElementChild.textContent = lost.join(", ");
}

for (const form of document.querySelectorAll("form[data-draft]")) new Draft(form);
for (const list of document.querySelectorAll("[data-files]")) keepFiles(list);

// Files go to the server as they are chosen: an error, another tab or a sign-in loses none.
function keepFiles(list) {
  const form = list.closest("form"), input = form.querySelector('input[type="file"]');
  const send = async (path, body) => {
    const answer = await fetch(path, { method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": token() } });
    return [answer.ok, await answer.json()];
  };
  const show = (files, refused = "") => {
    list.replaceChildren(...files.map(line));
    if (refused) list.append(Object.assign(document.createElement("li"), { className: "field-error", textContent: refused }));
  };
  const line = (file) => {
    const one = document.createElement("li"), button = document.createElement("button");
    Object.assign(button, { type: "button", className: "bare", textContent: "×", title: list.dataset.remove });
    button.setAttribute("aria-label", list.dataset.remove + " " + file.name);
    button.addEventListener("click", async () => show((await send(`${list.dataset.files}/${file.id}/removal`))[1].files));
    one.append(file.name, Object.assign(document.createElement("span"), { className: "meta", textContent: " " + file.size + " " }), button);
    return one;
  };
  for (const button of list.querySelectorAll("button")) button.addEventListener("click", async (event) => {
    event.preventDefault();
    show((await send(button.formAction))[1].files);
  });
  input.addEventListener("change", async () => {
    const body = new FormData();
    for (const file of input.files) body.append("files", file);
    list.setAttribute("aria-busy", "true");
    try {
      const [kept, told] = await send(list.dataset.files, body);
      show(told.files, kept ? "" : told.refused || list.dataset.failed);
      input.value = "";
    } catch {
      // the files stay in the form and go along when it is sent
      list.append(Object.assign(document.createElement("li"), { className: "meta", textContent: [...input.files].map((file) => file.name).join(", ") }));
    } finally {
      list.removeAttribute("aria-busy");
    }
  });
}

// what nobody came back for within a week is forgotten, as the server forgets it
for (const key of Object.keys(localStorage)) {
  if (!key.startsWith("draft:")) continue;
  try { if (JSON.parse(localStorage[key]).at < Date.now() - KEPT_DAYS * 86400000) localStorage.removeItem(key); }
  catch { localStorage.removeItem(key); }
}
