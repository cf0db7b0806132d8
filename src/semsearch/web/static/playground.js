/* Updates the playground while the slider moves, without reloading the page. */

/** Milliseconds between the last change and the request. */
const PAUSE = 150;

const form = document.getElementById("play");
const ratio = document.getElementById("ratio");
const share = document.getElementById("share");
let request = new XMLHttpRequest();
let timer;

ratio.addEventListener("input", () => {
  share.value = `${Math.round(100 * ratio.value)} %`;
});
document.addEventListener("input", (event) => {
  // A new query is sent with Enter.
  if (!event.target.matches("[type=range], [type=checkbox], select")) return;
  clearTimeout(timer);
  timer = setTimeout(show, PAUSE);
});

/** Requests the page of the form and shows its content. */
function show() {
  request.abort();
  if (!form.checkValidity()) return;
  const url = new URL(form.action);
  url.search = new URLSearchParams(new FormData(form));
  request = new XMLHttpRequest();
  // Parses the page without running its scripts, and without innerHTML, which a policy may forbid.
  request.responseType = "document";
  request.addEventListener("load", (event) => swap(event.target.response, url));
  // On an error, a normal submit lets the browser show what is wrong.
  request.addEventListener("error", () => form.requestSubmit());
  request.open("GET", url);
  request.send();
}

/** Replaces the content by that of another page, and restores the focus. */
function swap(page, url) {
  const old = document.getElementById("answer");
  const found = page?.getElementById("answer");
  if (!found) {
    form.requestSubmit();
    return;
  }
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const content = document.adoptNode(found);
  old.replaceWith(content);
  document.title = page.title;
  history.replaceState(null, "", url);
  document.getElementById("said").textContent = `The rankings below use ${share.value} meaning.`;
  const replacement = [...content.querySelectorAll("input")].find(
    (input) => input.name === focused?.name && input.value === focused.value,
  );
  replacement?.focus({ preventScroll: true });
}
