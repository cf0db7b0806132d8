/* The search box: how does a visitor find posts while they type?

   <semsearch-box><form action="https://search.example/search"><input name="q"> …</form></semsearch-box>

   A copy of the form stands in the shadow root; the page keeps its own. Its other fields filter here too (FILTERS).
   Attributes: service and api-key (common.js), shortcuts ("/ mod+k"; empty for none), messages (JSON, in place of WORDS).
   ?q= is in the address of the page while results are shown, and stays when one is followed, for who goes back. Where
   the form leads to the page itself, the address is that of its own results, and is left alone. */

import { ask, base, element, safe, sheet, words } from "./common.js";

/** Milliseconds after the last key, until completions are asked for. */
const COMPLETE = 120;
/** Until posts are. */
const SEARCH = 250;
/** Until it is said that they are being looked for. */
const SLOW = 600;
/** Milliseconds until a count is read out: who still types is not talked over. */
const QUIET = 500;
const COMPLETIONS = 5;
const POSTS = 6;
/** Recent searches. */
const RECENT = 5;
/** Fields of the form that the service knows as filters. There is "year" besides. */
const FILTERS = ["tag", "author", "language", "date_from", "date_to"];
/** Pixels that the list needs below the field, where there are more above. */
const LOW = 240;

const WORDS = {
  search: "Search",
  results: "Results",
  all: "All results for “{q}”",
  one: "1 result",
  many: "{n} results",
  loading: "Searching…",
  unsure: "No post clearly answers this. These are the nearest.",
  empty: "Nothing found. Try fewer or other words.",
  corrected: "No post has “{typed}”; searched for “{meant}”.",
  offline: "You are offline. The search goes on once you are connected.",
  away: "The search cannot be reached just now. Press Enter to try the results page.",
  busy: "The search is busy just now. Press Enter to try the results page.",
  refused: "This cannot be searched for. Try other words.",
  recent: "Recent searches",
  forget: "Forget them",
  forgotten: "Recent searches are forgotten.",
};

/** Those of the page; keys open the first that can be seen. */
const boxes = new Set();
const seen = () => [...boxes].find(visible);
/** Ever made: each has an id of its own. */
let rows = 0;

class SemsearchBox extends HTMLElement {
  #words;
  #form;
  #input;
  #popup;
  #list;
  #note;
  #status;
  // Ends what listens to the page.
  #connected;
  // Ends a question that has no answer yet.
  #pending;
  // The last one, unless it came to nothing.
  #question;
  // Whose rows are in the list.
  #owner;
  #active = null;
  // The row on which a pointer went down.
  #pressed;
  #announcing;

  connectedCallback() {
    boxes.add(this);
    this.#connected = new AbortController();
    const { signal } = this.#connected;
    // The form may not be there yet: while the page is read, or where a script puts in the box and then the form.
    const start = () => signal.aborted || this.#start(signal);
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
    else queueMicrotask(start);
  }

  disconnectedCallback() {
    boxes.delete(this);
    this.#connected.abort();
    if (this.#form) this.#stop();
  }

  focus(options) {
    this.#input?.focus(options);
  }

  #start(signal) {
    if (!this.#form) this.#upgrade();
    const { dataset } = this.#popup;
    document.addEventListener("keydown", (event) => this.#shortcut(event), { signal });
    // What a keyboard on the screen leaves of the window.
    visualViewport.addEventListener("resize", () => this.#place(), { signal });
    addEventListener("online", () => dataset.state === "offline" && !this.#popup.hidden && this.#look(), { signal });
    // In the history itself, the state may yet be that of the entry before.
    addEventListener("popstate", (event) => this.#follow(event.state?.semsearch), { signal });
    addEventListener("pageshow", (event) => event.persisted && this.#follow(history.state?.semsearch), { signal });
  }

  #upgrade() {
    this.#words = words(this, WORDS);
    const form = this.querySelector("form");
    const typed = form && fieldOf(form);
    const label = typed?.labels[0];
    // As it would look if the box itself were hidden, too.
    const { display, height } = getComputedStyle(label ?? this);
    const unseen = display === "none" || parseFloat(height) < 2;
    const focused = typed?.matches(":focus");
    // With what was typed.
    this.#form = typed ? form.cloneNode(true) : this.#made();
    this.#input = fieldOf(this.#form);
    this.#list = element("div", { id: "semsearch-list", part: "list", role: "listbox" });
    this.#note = element("div");
    this.#popup = element("div", { part: "popup", hidden: "" }, this.#list, this.#note);
    this.#status = element("div", { class: "unseen", role: "status" });
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [STYLE];
    root.append(this.#form, this.#popup, this.#status);
    this.#dress(label?.textContent.trim(), unseen);
    this.#listen(root);
    const input = this.#input;
    // What names or describes the field, and is no part of the form, is out of reach by its id.
    for (const by of ["ariaLabelledByElements", "ariaDescribedByElements"]) {
      if (!input[by]?.length) input[by] = typed?.[by] ?? null;
    }
    // Scripts of the page know the field that is there no more.
    if (typed) typed.focus = (options) => input.focus(options);
    if (focused) {
      input.focus({ preventScroll: true });
      input.setSelectionRange(typed.selectionStart, typed.selectionEnd);
      if (input.value !== input.defaultValue) this.#look(true);
    }
    // Only who goes back finds results open, perhaps in a page that scripts put there: else they would cover it.
    const [visit] = performance.getEntriesByType("navigation");
    const returns = visit.type === "back_forward" || document.readyState === "complete";
    if (!input.value) this.#follow(returns && history.state?.semsearch);
    // Last, for the same reason.
    input.addEventListener("focus", () => input.value || this.#recent());
  }

  /** A form, where the page has none. */
  #made() {
    const { search } = this.#words;
    const input = element("input", { type: "search", name: "q", placeholder: search });
    return element("form", { action: new URL("search", base(this)).href }, input, element("button", {}, search));
  }

  /** Makes a combobox of the field. `label`: what it is called on the page, which may show that only to some. */
  #dress(label, unseen) {
    const input = this.#input;
    if (!input.labels.length) input.ariaLabel ??= label ?? this.#words.search;
    else if (unseen) input.labels[0].className = "unseen";
    input.role = "combobox";
    input.ariaAutoComplete = "list";
    input.ariaExpanded = false;
    input.autocomplete = "off";
    input.autofocus = false;
    input.maxLength = 512;
    set(this.#form, "role", "search");
    set(this.#form, "part", "form");
    for (const each of this.#form.querySelectorAll("label, input, select, button")) each.part.add(each.localName);
  }

  #listen(root) {
    const [input, popup, list] = [this.#input, this.#popup, this.#list];
    // Of a text that is being composed, too: on phones all are.
    this.#form.addEventListener("input", ({ target }) => (target === input || !popup.hidden) && this.#look(true));
    this.#form.addEventListener("submit", () => this.#chosen());
    this.#form.addEventListener("reset", () => this.#close());
    input.addEventListener("click", () => popup.hidden && this.#look());
    root.addEventListener("keydown", (event) => this.#key(event));
    root.addEventListener("focusout", (event) => {
      // Not while the visitor looks at another window, nor where scripts take the box away.
      if (!document.hasFocus() || root.contains(event.relatedTarget)) return;
      queueMicrotask(() => this.isConnected && this.#close());
    });
    // The field keeps the focus.
    popup.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("pointerdown", (event) => (this.#pressed = event.target.closest("a")));
    // A row that comes under a pointer at rest is not pointed at, though :hover says so.
    list.addEventListener("pointermove", (event) => {
      if (event.movementX || event.movementY) list.dataset.pointed = "";
    });
    list.addEventListener("click", (event) => {
      const row = event.target.closest("a");
      // It changed under the finger. A key has no detail.
      if (event.detail && this.#pressed && this.#pressed !== row) event.preventDefault();
      else if (row) this.#chosen(row, event.ctrlKey || event.metaKey || event.shiftKey);
      this.#pressed = null;
    });
  }

  // ---- keys

  #shortcut(event) {
    const held = event.ctrlKey || event.metaKey;
    const keys = (this.getAttribute("shortcuts") ?? "/ mod+k").toLowerCase().split(" ");
    const key = `${held ? "mod+" : ""}${event.key}`.toLowerCase();
    if (!keys.includes(key) || event.altKey || (held && event.shiftKey)) return;
    const [target] = event.composedPath();
    if (target.isContentEditable || target.matches?.("input, textarea, select") || event.defaultPrevented) return;
    const elsewhere = (modal) => !modal.contains(this) && visible(modal);
    if (this !== seen() || [...document.querySelectorAll("dialog:modal, [aria-modal=true]")].some(elsewhere)) return;
    event.preventDefault();
    this.#input.focus();
    this.#input.select();
  }

  #key(event) {
    const [input, row, { hidden }] = [this.#input, this.#active, this.#popup];
    const { key, altKey, shiftKey } = event;
    const held = event.ctrlKey || event.metaKey;
    const q = input.value.trim();
    // Keys of an input method are its own.
    if (event.isComposing || event.keyCode === 229) return;
    // The page sees the box, and no field in which one types.
    if (!key[1] && !held && !altKey) event.stopPropagation();
    if (key === "Escape" && !hidden) {
      input.focus();
      this.#close();
    } else if (event.target !== input) {
      return;
    } else if (key === "Escape" && input.value) {
      input.value = "";
      this.#stop();
      this.#address("");
    } else if (key === "Enter" && held && (row || q)) {
      open(row?.href ?? this.#results(q), "_blank", "noopener");
      this.#chosen(row, true);
    } else if (key === "Enter" && row) {
      row.click();
    } else if (/^Arrow(Up|Down)$/.test(key) && !held && !altKey && !shiftKey) {
      if (hidden) this.#look();
      else this.#step(key === "ArrowDown" ? 1 : -1);
    } else {
      // The button among recent searches is to be reached.
      if (key === "Tab" && this.#popup.dataset.state !== "recent") this.#close();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** From row to row; between the last and the first is none. */
  #step(by) {
    const places = [null, ...this.#list.children];
    this.#activate(places.at((places.indexOf(this.#active) + by) % places.length));
    this.#active?.scrollIntoView({ block: "nearest" });
  }

  #activate(row) {
    for (const each of [this.#active, row]) {
      each?.setAttribute("aria-selected", each === row);
      each?.part.toggle("active", each === row);
    }
    this.#active = row;
    set(this.#input, "aria-activedescendant", row?.id);
  }

  // ---- questions and answers

  /** Shows what belongs to the text in the field. `typing`: it may change soon. */
  #look(typing) {
    const q = this.#input.value.trim();
    const filters = this.#filters();
    const question = JSON.stringify([q, filters]);
    this.#activate(null);
    if (!q) return this.#recent();
    if (question !== this.#question) this.#ask(q, filters, typing);
    else if (!this.#pending) this.#show(true);
    this.#question = question;
  }

  /** What the form narrows a search to. */
  #filters() {
    return [...new FormData(this.#form)].flatMap(([name, value]) => {
      if (value && name === "year") return [["date_from", `${value}-01-01`], ["date_to", `${value}-12-31`]];
      return value && FILTERS.includes(name) ? [[name, value]] : [];
    });
  }

  #stop() {
    if (this.#pending) this.#question = null;
    this.#pending?.abort();
    this.#pending = null;
    this.#announce("");
  }

  async #ask(q, filters, typing) {
    this.#stop();
    const { signal } = (this.#pending = new AbortController());
    this.#popup.dataset.state = "asked";
    pause(SLOW).then(() => signal.aborted || this.#say("loading", ["loading"]));
    // Completions know no filters.
    if (typing && !filters.length) this.#complete(q, signal);
    if (typing) await pause(SEARCH);
    try {
      const answer = await ask(this, "v1/search", [["q", q], ["limit", POSTS], ...filters], signal);
      if (!signal.aborted) this.#answered(q, answer, signal);
    } catch (problem) {
      if (signal.aborted) return;
      console.warn(`semsearch: ${problem.message}`);
      this.#stop();
      // What an answer of another shape leads to has no kind.
      const state = navigator.onLine ? (problem.kind ?? "away") : "offline";
      this.#add(signal);
      this.#say(state, [state]);
    }
  }

  /** Titles that have what was typed, until there are posts. */
  async #complete(q, signal) {
    await pause(COMPLETE);
    const asked = ask(this, "v1/suggest", [["q", q], ["limit", COMPLETIONS]], signal);
    // The search will tell why there are none.
    const { suggestions } = await asked.catch(() => ({}));
    if (signal.aborted || !suggestions?.length) return;
    this.#add(signal, ...suggestions.map(({ id, text, url }) => this.#row(q, id, url, [text])));
    // That posts are awaited is said below them.
    if (this.#popup.dataset.state === "loading") this.#say("loading", ["loading"]);
    else this.#say("completions");
  }

  #answered(q, { hits, answerable, corrections }, signal) {
    const found = hits.map((hit) => this.#row(q, hit.id, hit.url, marked(hit.title, hit.highlights.title), hit));
    if (hits.length) found.push(this.#row(q, null, null, filled(this.#words.all, { q })));
    this.#add(signal, ...found);
    const corrected = Object.entries(corrections).map(([typed, meant]) => ["corrected", { typed, meant }]);
    if (!hits.length) this.#say("empty", ...corrected, ["empty"]);
    else if (!answerable) this.#say("unsure", ...corrected, ["unsure"]);
    else this.#say("results", ...corrected);
    this.#pending.abort();
    this.#pending = null;
    this.#address(q);
  }

  // ---- rows, and words about them

  /** Rows of one question are put below each other, so that none moves; those of the next take their place. */
  #add(owner, ...made) {
    const list = this.#list;
    if (owner !== this.#owner) {
      this.#activate(null);
      list.replaceChildren();
    }
    this.#owner = owner;
    delete list.dataset.pointed;
    const known = new Set([...list.children].map((row) => row.dataset.post));
    list.append(...made.filter((row) => !known.has(row.dataset.post)));
    if (!known.size) list.scrollTop = 0;
  }

  /** A post, or with no id all of them. What has no address leads to the results page. */
  #row(q, id, url, title, hit) {
    const text = hit?.passage?.text ?? hit?.teaser;
    const ranges = hit?.highlights[hit.passage ? "passage" : "teaser"] ?? [];
    // A mark all over marks nothing.
    const parts = ranges.filter(([start, end]) => end - start < [...text].length);
    const date = hit?.date && element("time", { part: "date", datetime: hit.date }, hit.date.slice(0, 10));
    const part = id == null ? "option all" : "option";
    const href = safe(url) ?? this.#results(q);
    return element(
      "a",
      { id: `semsearch-${++rows}`, part, href, role: "option", tabindex: -1, "aria-selected": false, "data-post": id },
      element("span", { part: "title", dir: "auto" }, ...title),
      hit && element("span", { part: "excerpt", dir: "auto" }, date, date && text && " · ", ...marked(text, parts)),
    );
  }

  /** Shows the list, and lines below it: names of WORDS, with what is to be filled in. */
  #say(state, ...lines) {
    const said = lines.map(([name, values]) => element("p", {}, ...filled(this.#words[name], values)));
    const note = element("div", { part: "status" }, ...said);
    // One that moves would shift the layout.
    this.#note.replaceWith(note);
    this.#note = note;
    this.#popup.dataset.state = state;
    this.#list.ariaLabel = this.#words[state === "recent" ? "recent" : "results"];
    this.#show(true);
    const n = this.#list.querySelectorAll("[data-post]").length;
    const count = n === 1 ? this.#words.one : this.#words.many.replace("{n}", n);
    this.#announce(`${note.innerText} ${/results|unsure/.test(state) ? count : ""}`);
  }

  #announce(text) {
    clearTimeout(this.#announcing);
    this.#status.textContent = "";
    this.#announcing = setTimeout(() => (this.#status.textContent = text), QUIET);
  }

  #show(open) {
    const opens = open && this.#popup.hidden;
    const expanded = open && this.#list.hasChildNodes();
    this.#popup.hidden = !open;
    this.#input.ariaExpanded = expanded;
    set(this.#input, "aria-controls", expanded ? this.#list.id : null);
    if (opens) this.#place();
  }

  #place() {
    const { style } = this.#popup;
    style.translate = "";
    const { left, right } = this.#popup.getBoundingClientRect();
    const { top, bottom } = this.getBoundingClientRect();
    const below = visualViewport.offsetTop + visualViewport.height - bottom;
    const above = below < LOW && top > below;
    this.#popup.toggleAttribute("data-above", above);
    style.translate = `${Math.max(-left, Math.min(0, document.documentElement.clientWidth - right))}px`;
    style.maxHeight = `min(35rem, ${(above ? top : Math.max(LOW, below)) - 16}px)`;
  }

  /** `goes`: the visitor leaves for a result, and may come back: the question stays in the address. */
  #close(goes) {
    this.#stop();
    if (this.#popup.hidden) return;
    this.#activate(null);
    this.#show(false);
    if (!goes) this.#address("");
  }

  // ---- recent searches

  #remembered() {
    try {
      return JSON.parse(localStorage.getItem(`semsearch:${base(this)}`)).map(String);
    } catch {
      // Nothing is kept yet, or the browser keeps nothing.
      return [];
    }
  }

  #remember(questions) {
    try {
      localStorage.setItem(`semsearch:${base(this)}`, JSON.stringify(questions));
    } catch {
      // the visitor may not want it
    }
  }

  #recent() {
    const questions = this.#remembered();
    this.#stop();
    this.#question = null;
    this.#address("");
    if (!questions.length) return this.#close();
    this.#add({}, ...questions.map((q) => this.#row(q, q, null, [q])));
    this.#say("recent", ["recent"]);
    const forget = element("button", { type: "button", part: "forget" }, this.#words.forget);
    this.#note.append(forget);
    forget.addEventListener("click", () => {
      this.#remember([]);
      this.#input.focus();
      this.#close();
      this.#announce(this.#words.forgotten);
    });
  }

  /** A question was sent, or a row followed. `stays`: in another tab. */
  #chosen(row, stays) {
    const q = this.#input.value.trim() || row?.dataset.post;
    if (q) this.#remember([...new Set([q, ...this.#remembered()])].slice(0, RECENT));
    if (stays) return;
    this.#address(q);
    this.#close(true);
  }

  // ---- addresses

  /** The results page of a question. */
  #results(q) {
    const url = new URL(this.#form.getAttribute("action") || location.href, document.baseURI);
    const sent = new FormData(this.#form);
    sent.set(this.#input.name, q);
    url.search = new URLSearchParams(sent);
    return url.href;
  }

  #leadsHere() {
    return this.#results("").split("?")[0] === location.origin + location.pathname;
  }

  #address(q) {
    const url = new URL(location.href);
    const { name } = this.#input;
    const { state } = history;
    // What the page itself has there is none of ours, and some would not be the same after.
    if (this.#leadsHere() || (!q && !state?.semsearch) || `?${url.searchParams}` !== (url.search || "?")) return;
    if (q) url.searchParams.set(name, q);
    else url.searchParams.delete(name);
    try {
      history.replaceState(typeof state === "object" ? { ...state, semsearch: !!q } : state, "", url);
    } catch {
      // a page without an address of its own
    }
  }

  /** Takes the question of the address, and shows results where they were `shown`. */
  #follow(shown) {
    const q = new URLSearchParams(location.search).get(this.#input.name);
    if (q) this.#input.value = q;
    if (!q || !shown || this.#leadsHere() || this !== seen()) return this.#close(true);
    this.#input.focus({ preventScroll: true });
    this.#look();
  }
}

/** The field for the question. */
function fieldOf(form) {
  return form.querySelector("[name=q], [type=search][name]");
}

function visible(node) {
  return node.checkVisibility({ visibilityProperty: true });
}

function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

function set(node, attribute, value) {
  if (value == null) node.removeAttribute(attribute);
  else node.setAttribute(attribute, value);
}

/** A text with marks around its highlights: `[start, end)` in code points, in order, none over another. */
function marked(text, ranges = []) {
  const points = [...text];
  const pieces = [];
  let place = 0;
  for (const [start, end] of ranges) {
    const mark = element("mark", { part: "mark" }, points.slice(start, end).join(""));
    pieces.push(points.slice(place, start).join(""), mark);
    place = end;
  }
  return [...pieces, points.slice(place).join("")];
}

/** A text with values for {names}; each may run in another direction. */
function filled(text, values = {}) {
  return text.split(/\{(\w+)\}/).map((piece, place) => (place % 2 ? element("bdi", {}, values[piece]) : piece));
}

const STYLE = sheet(`
:host {
  --background: var(--semsearch-background, light-dark(#fff, #15181c));
  --radius: var(--semsearch-radius, 8px);
  position: relative;
}
mark {
  border-radius: 2px;
  background: var(--semsearch-mark, light-dark(#fff0b3, #5c4a00));
  color: var(--semsearch-mark-text, light-dark(#1c2024, #fff6d6));
}
[hidden], :is([part=list], [part=status]):empty { display: none; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
form, form :is(div, p) { display: flex; flex: 1 1 10rem; flex-wrap: wrap; gap: 0.4rem 0.5rem; align-items: end; }
label { flex: 1 0 100%; color: var(--muted); font-size: 0.9rem; }
label:has([role]) { display: grid; flex: 1 1 10rem; gap: 0.4rem; }
form, p, input { margin: 0; }
[role=combobox], select, button {
  min-height: 44px;
  padding: 0.5rem 0.9rem;
  border: 1px solid var(--muted);
  border-radius: var(--radius);
  background: var(--background);
  color: var(--text);
  font: inherit;
  font-size: max(16px, 1rem);
}
[role=combobox] { flex: 1 1 10rem; width: 100%; min-width: 0; }
::placeholder { color: var(--muted); opacity: 1; }
button {
  border-color: var(--accent);
  background: var(--accent);
  color: var(--semsearch-on-accent, light-dark(#fff, #10151c));
  font-weight: 600;
  cursor: pointer;
}
[part=popup]:not([hidden]) {
  position: absolute;
  z-index: var(--semsearch-layer, 1000);
  inset-block-start: calc(100% + 6px);
  display: flex;
  flex-direction: column;
  width: max(100%, min(34rem, 100vw - 2rem));
  overflow: hidden;
  border: 1px solid var(--line);
  border-radius: var(--radius);
  background: var(--background);
  box-shadow: 0 8px 32px var(--semsearch-shadow, light-dark(#0003, #000b));
}
[part=popup][data-above] { inset-block: auto calc(100% + 6px); height: 100vh; }
[part=list] { overflow-y: auto; overscroll-behavior: contain; }
a {
  display: grid;
  gap: 0.1rem;
  align-content: center;
  min-height: 44px;
  padding: 0.5rem 0.9rem;
  border-inline-start: 3px solid transparent;
  color: inherit;
  text-decoration: none;
}
a:has([part=excerpt]) [part=title] { font-weight: 600; }
[data-pointed] a:hover { background: color-mix(in srgb, var(--accent) 6%, var(--background)); }
a[aria-selected=true] {
  border-color: var(--accent);
  background: color-mix(in srgb, var(--accent) 12%, var(--background));
}
[part=excerpt], [part=status] { color: var(--muted); font-size: 0.875rem; }
[part=excerpt] {
  display: -webkit-box;
  overflow: hidden;
  -webkit-box-orient: vertical;
  -webkit-line-clamp: 2;
}
[part=status] {
  display: flex;
  flex-wrap: wrap;
  gap: 0 1rem;
  justify-content: space-between;
  padding: 0.6rem 1.1rem;
}
:not(:empty) + [part=status], [part~=all] { border-block-start: 1px solid var(--line); }
[part~=forget] { min-height: 0; padding: 0; border: 0; background: none; font: inherit; }
[part~=forget], [part~=all] { color: var(--link); }
@media (prefers-contrast: more) { :host { --muted: var(--text); --line: var(--text); } }
@media (forced-colors: active) { a[aria-selected=true] { outline: 2px solid Highlight; outline-offset: -2px; } }
`);

customElements.define("semsearch-box", SemsearchBox);
