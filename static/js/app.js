// What every page shares: drafts kept on the server, and selects that send themselves.
document.documentElement.classList.add("js");

const csrf = () => document.querySelector('meta[name="csrf"]').content;

for (const form of document.querySelectorAll("form[data-draft]")) keepDraft(form);

function keepDraft(form) {
  let timer, last = "";
  const words = () => {
    const kept = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string" && name !== "csrf_token") kept.append(name, value);
    const tab = document.querySelector('input[name="tab"]:checked');
    if (tab) kept.append("tab", tab.value);
    return kept;
  };
  const save = async () => {
    clearTimeout(timer);
    const body = words(), text = body.toString();
    if (text === last) return;
    last = text;
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body, headers: { "X-CSRFToken": csrf() } });
      if (!answer.ok) throw new Error(answer.status);
      const kept = await answer.json();
      say(kept.saved);
      showLost(kept.lost || []);
    } catch {
      last = "";
      say();
    }
  };
  last = words().toString();
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, 2000); });
  form.addEventListener("focusout", save);
}

function say(time) {
  const place = document.getElementById("saved");
  if (place) place.textContent = time ? place.dataset.words.replace("#", time) : place.dataset.failed;
}

// One click sends a form once; a second click while it is on its way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 5000);
});

for (const select of document.querySelectorAll("select[data-send]")) select.addEventListener("change", () => select.form.submit());

for (const input of document.querySelectorAll('.attach input[type="file"]')) input.addEventListener("change", () => {
  document.getElementById("chosen").textContent = [...input.files].map((file) => file.name).join(", ");
});

function showLost(lost) {
  const place = document.getElementById("lost");
  if (!place) return;
  place.hidden = !lost.length;
  place.lastElementChild.textContent = lost.join(", ");
}

// Which of the manual's places were opened while typing: told once, in passing.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".places-box a[data-key]");
  if (!link) return;
  const box = link.closest(".places-box");
  const told = new URLSearchParams({ once: box.dataset.form, key: link.dataset.key });
  fetch(box.dataset.opening, { method: "POST", body: told, keepalive: true, headers: { "X-CSRFToken": csrf() } }).catch(() => {});
});
