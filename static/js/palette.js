// The command palette: a combobox over what the server finds; the page behind it stays as it is.
const palette = document.getElementById("palette");
if (palette) setUp();

function setUp() {
  const box = document.getElementById("palette-q"), shown = document.getElementById("palette-list");
  const kinds = [...palette.querySelectorAll("[data-kind]")];
  // what was found last, and for which words: nothing older than what stands in the box is acted on
  let timer, asked = 0, kind = "", found = null, pending = Promise.resolve();

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
  for (const button of document.querySelectorAll("[data-palette]")) button.addEventListener("click", open);
  palette.querySelector("[data-close]").addEventListener("click", () => palette.close());
  palette.addEventListener("click", (event) => {
    if (event.target === palette) palette.close();
    const row = event.target.closest("[role=option]");
    if (row && row.dataset.press) { event.preventDefault(); press(row); }
  });
  for (const button of kinds) button.addEventListener("click", () => { narrow(button.dataset.kind); box.focus(); });
  box.addEventListener("input", () => { clearTimeout(timer); mark(null); timer = setTimeout(find, 120); });
  palette.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (found !== box.value + " " + kind) { clearTimeout(timer); find(); }
    await pending;
    if (!choose()) event.target.submit();
  });
  box.addEventListener("keydown", onKey);

  function open() {
    if (palette.open) return;
    palette.showModal();
    box.select();
    find();
  }

  function onKey(event) {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { move(event.key === "ArrowDown" ? 1 : -1); event.preventDefault(); }
    if (event.key === "Tab") {
      const step = event.shiftKey ? -1 : 1, at = kinds.findIndex((one) => one.dataset.kind === kind);
      narrow(kinds[(at + step + kinds.length) % kinds.length].dataset.kind);
      event.preventDefault();
    }
  }

  function narrow(chosen) {
    kind = chosen;
    for (const one of kinds) { one.setAttribute("aria-pressed", one.dataset.kind === kind); one.classList.toggle("on", one.dataset.kind === kind); }
    find();
  }

  function find() {
    pending = look(++asked, box.value + " " + kind);
  }

  async function look(number, words) {
    try {
      const answer = await fetch(palette.dataset.url + "?" + new URLSearchParams({ q: box.value, kind }));
      if (number !== asked) return;
      if (!answer.ok) throw new Error(answer.status);
      const rows = await answer.text();
      if (number !== asked) return;
      shown.innerHTML = rows;
      found = words;
      // what cannot be pressed on this page is not offered
      for (const row of shown.querySelectorAll("[data-press]")) if (!document.querySelector(row.dataset.press)) row.remove();
      for (const group of shown.querySelectorAll("[role=group]")) if (!group.querySelector("[role=option]")) group.remove();
      mark(shown.querySelector("[role=option]"));
    } catch { if (number === asked) { shown.replaceChildren(); found = null; } }
  }

  function rows() { return [...shown.querySelectorAll("[role=option]")]; }

  function mark(row) {
    for (const one of rows()) one.setAttribute("aria-selected", one === row);
    box.setAttribute("aria-activedescendant", row ? row.id : "");
    if (row) row.scrollIntoView({ block: "nearest" });
  }

  function move(step) {
    const each = rows(), at = each.findIndex((row) => row.getAttribute("aria-selected") === "true");
    mark(each[(at + step + each.length) % each.length]);
  }

  function choose() {
    const row = found === box.value + " " + kind && shown.querySelector('[aria-selected="true"]');
    if (!row) return false;
    row.click();
    return true;
  }

  function press(row) {
    palette.close();
    const control = document.querySelector(row.dataset.press);
    control.focus();
    control.click();
  }
}
