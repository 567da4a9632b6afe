// Prepared replies: "/" at the beginning of a line, or the button, opens them; Enter puts one in where the line was.
const box = document.getElementById("body"), panel = document.getElementById("macros");
if (box && panel) prepared();

function prepared() {
  const names = panel.querySelector("[role=listbox]"), shown = panel.querySelector(".macro-words"), count = panel.querySelector(".count");
  let found = [], at = 0, wait, asked = 0;

  // the words after a slash that begins the line of the caret; null where there is none
  const typed = () => {
    const before = box.value.slice(0, box.selectionStart), line = before.slice(before.lastIndexOf("\n") + 1);
    return line.startsWith("/") && line.length < 40 ? line.slice(1) : null;
  };
  const close = () => {
    panel.hidden = true;
    box.removeAttribute("aria-activedescendant");
  };
  const look = async (words) => {
    const turn = ++asked;
    const answer = await fetch(`${panel.dataset.url}?q=${encodeURIComponent(words)}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer || !answer.ok || turn !== asked) return;
    const told = await answer.json();
    [found, at] = [told.macros, 0];
    count.textContent = panel.dataset.count.replace("#", told.count);
    panel.hidden = !found.length;
    draw();
  };
  const draw = () => {
    names.replaceChildren(...found.map((one, place) => {
      const row = document.createElement("li");
      Object.assign(row, { id: "macro-" + one.id, role: "option" });
      row.setAttribute("aria-selected", String(place === at));
      row.append(Object.assign(document.createElement("b"), { textContent: one.title }), document.createElement("br"),
        Object.assign(document.createElement("span"), { className: "meta", textContent: [one.folder, panel.dataset.used.replace("#", one.used), one.does].filter(Boolean).join(" · ") }));
      row.addEventListener("mousedown", (event) => { event.preventDefault(); at = place; put(); });
      return row;
    }));
    const one = found[at];
    if (!one) return;
    box.setAttribute("aria-activedescendant", "macro-" + one.id);
    names.children[at].scrollIntoView({ block: "nearest" });
    shown.replaceChildren(...one.pieces.map(([words, variable]) => {
      const piece = document.createElement(variable ? "mark" : "span");
      if (variable) piece.className = words.startsWith("⟦") ? "left-open" : "put-in";
      piece.textContent = words;
      return piece;
    }));
    if (one.missing.length) shown.append(Object.assign(document.createElement("p"), { className: "bad", textContent: panel.dataset.missing.replace("#", one.missing.length) }));
  };
  const put = () => {
    const one = found[at], words = one.pieces.map(([each]) => each).join("");
    const until = box.selectionStart, from = typed() === null ? until : box.value.slice(0, until).lastIndexOf("\n") + 1;
    box.setRangeText(words, from, until, "end");
    const open = words.indexOf("⟦");
    if (open >= 0) box.setSelectionRange(from + open, from + words.indexOf("⟧", open) + 1);
    use(one);
    close();
    box.focus();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };
  // what it does with the ticket comes along, and can be taken off
  const use = (one) => {
    const place = document.getElementById("macros-used");
    if (place.querySelector(`input[value="${one.id}"]`)) return;
    const label = document.createElement("label"), tick = document.createElement("input");
    Object.assign(tick, { type: "checkbox", name: "macro", value: one.id, checked: true, className: "form-check-input" });
    label.append(tick, ` ${one.title}${one.does ? " → " + one.does : ""}`);
    place.append(label);
  };

  box.addEventListener("input", (event) => {
    if (event.isComposing) return;
    const words = typed();
    clearTimeout(wait);
    if (words === null) return close();
    wait = setTimeout(() => look(words), 120);
  });
  box.addEventListener("compositionend", () => { const words = typed(); if (words !== null) look(words); });
  box.addEventListener("keydown", (event) => {
    if (panel.hidden || event.isComposing || event.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { at = (at + step + found.length) % found.length; draw(); }
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) put();
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  box.addEventListener("blur", () => setTimeout(close, 150));
  for (const button of document.querySelectorAll("[data-macros]")) button.addEventListener("click", (event) => {
    event.preventDefault();
    box.focus();
    look("");
  });
}
