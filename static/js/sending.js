// Replies that are not out yet: how many seconds are left, and the page as it is once they are over.
for (const one of document.querySelectorAll("[data-left]")) countDown(one);
if (document.querySelector("[data-going]")) lookAgain();

function countDown(one) {
  const until = Date.now() + Number(one.dataset.left) * 1000, place = one.querySelector(".left");
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    if (place) place.textContent = left > 0 ? place.dataset.words.replace("#", left) : "";
    one.style.setProperty("--left", Math.max(0, (until - Date.now()) / (Number(one.dataset.left) * 1000)));
    if (left > 0) return setTimeout(tick, 250);
    if (one.id === "undo-toast") return one.remove();
    lookAgain();
  };
  tick();
}

// nobody's words are taken away: while something is being written the page stays as it is
function lookAgain() {
  const writing = () => [...document.querySelectorAll(".composer textarea")].some((box) => box.value.trim());
  setTimeout(() => writing() ? lookAgain() : location.reload(), 4500);
}

const asked = document.getElementById("asked");
if (asked) asked.focus();
