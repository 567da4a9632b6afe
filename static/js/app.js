// What every page shares: forms are sent once, and selects send themselves.
document.documentElement.classList.add("js");

const csrf = () => document.querySelector('meta[name="csrf"]').content;

// One click sends a form once; a second click while it is on its way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 5000);
});

for (const select of document.querySelectorAll("select[data-send]")) select.addEventListener("change", () => select.form.submit());

for (const input of document.querySelectorAll('.attach input[type="file"]')) input.addEventListener("change", () => {
  const place = document.getElementById("chosen");
  if (place) place.textContent = [...input.files].map((file) => file.name).join(", ");
});

// Which of the manual's places were opened while typing: told once, in passing.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".places-box a[data-key]");
  if (!link) return;
  const box = link.closest(".places-box");
  const told = new URLSearchParams({ once: box.dataset.form, key: link.dataset.key });
  fetch(box.dataset.opening, { method: "POST", body: told, keepalive: true, headers: { "X-CSRFToken": csrf() } }).catch(() => {});
});
