/* What does the playground do better with scripts? It answers while the slider moves, and keeps its place. */

/** Milliseconds without a change, after which it is asked. */
const PAUSE = 150;

const form = document.getElementById("play");
const ratio = document.getElementById("ratio");
const share = document.getElementById("share");
let request = new XMLHttpRequest();
let waiting;

ratio.addEventListener("input", () => {
  share.value = `${Math.round(100 * ratio.value)} %`;
});
document.addEventListener("input", (event) => {
  // A question is asked by Enter.
  if (!event.target.matches("[type=range], [type=checkbox], select")) return;
  clearTimeout(waiting);
  waiting = setTimeout(show, PAUSE);
});

/** Puts what the form asks for in the place of what is shown. */
function show() {
  request.abort();
  if (!form.checkValidity()) return;
  const url = new URL(form.action);
  url.search = new URLSearchParams(new FormData(form));
  request = new XMLHttpRequest();
  // Unlike innerHTML, this makes elements of a page and lets none of them do anything.
  request.responseType = "document";
  request.addEventListener("load", (event) => swap(event.target.response, url));
  // The browser says what is wrong.
  request.addEventListener("error", () => form.requestSubmit());
  request.open("GET", url);
  request.send();
}

/** Takes the answer out of a page. What had the focus has it again. */
function swap(page, url) {
  const old = document.getElementById("answer");
  const found = page?.getElementById("answer");
  if (!found) {
    form.requestSubmit();
    return;
  }
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const answer = document.adoptNode(found);
  old.replaceWith(answer);
  document.title = page.title;
  history.replaceState(null, "", url);
  document.getElementById("said").textContent = `The rankings below are those for ${share.value} meaning.`;
  const same = [...answer.querySelectorAll("input")].find(
    (input) => input.name === focused?.name && input.value === focused.value,
  );
  same?.focus({ preventScroll: true });
}
