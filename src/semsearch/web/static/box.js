/* The search box: suggests completions and posts while the visitor types.

   <semsearch-box><form action="https://search.example/search"><input name="q"> …</form></semsearch-box>

   The box shows a copy of the form in its shadow root. Without JavaScript, the form itself leads to the results page.
   Other fields of the form filter the posts (FILTERS). Attributes: service and api-key (see common.js), shortcuts
   ("/ mod+k"; empty for none), messages (JSON that replaces some of WORDS).
   The URL of the page has ?q= while results are shown and after one was followed, so that they can be restored when the
   visitor goes back. If the form leads to this very page, its URL is not changed. */

import { base, element, get, picture, safe, sheet, words } from "./common.js";

/** Milliseconds between the last key and the request for completions. */
const COMPLETE = 120;
/** Milliseconds between the last key and the search. */
const SEARCH = 250;
/** Milliseconds after which a search shows that it is loading. */
const SLOW = 600;
/** Milliseconds before a screen reader announces a status, so that it does not interrupt typing. */
const QUIET = 500;
const COMPLETIONS = 5;
const POSTS = 6;
/** Recent searches that are kept. */
const RECENT = 5;
/** Form fields that are sent to the service as filters. "year" is converted to dates. */
const FILTERS = ["tag", "author", "language", "date_from", "date_to"];
/** With fewer pixels below the field, the list opens above it if there is more space. */
const LOW = 240;

const WORDS = {
  search: "Search",
  results: "Results",
  all: "All results for “{q}”",
  one: "1 result",
  many: "{n} results",
  loading: "Searching…",
  unsure: "No post clearly answers this. These are the closest.",
  empty: "Nothing found. Try fewer or other words.",
  corrected: "Searched for “{meant}” instead of “{typed}”.",
  missing: "No post mentions “{missing}”.",
  synonyms: "Searched for “{others}” as well as “{phrase}”.",
  tag: "No post has the tag “{value}”.",
  author: "No post is by “{value}”.",
  nearest: "Did you mean “{suggestion}”?",
  redirect: "Go to {redirect}",
  offline: "You are offline. The search resumes when you are connected.",
  away: "The search is unavailable. Press Enter to try the results page.",
  busy: "The search is busy. Press Enter to try the results page.",
  refused: "This query is not valid. Try other words.",
  recent: "Recent searches",
  forget: "Clear",
  forgotten: "Recent searches cleared.",
};

/** All boxes of the page. Keyboard shortcuts focus the first visible one. */
const boxes = new Set();
const firstBox = () => [...boxes].find(visible);
/** Counter for the ids of rows. */
let rowId = 0;

class SemsearchBox extends HTMLElement {
  #words;
  #form;
  #input;
  #popup;
  #list;
  #note;
  #status;
  // Removes the listeners on the page.
  #connected;
  // Aborts the current request.
  #pending;
  // The last query and filters, as JSON; null if they failed.
  #query;
  // The request that the rows of the list belong to.
  #owner;
  #active = null;
  // The row under the last pointerdown.
  #pressed;
  #announcing;

  connectedCallback() {
    boxes.add(this);
    this.#connected = new AbortController();
    const { signal } = this.#connected;
    // The form may not exist yet: the page may still be loading, or a script may insert the form after the box.
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
    // An on-screen keyboard changes the visible part of the window.
    visualViewport.addEventListener("resize", () => this.#position(), { signal });
    addEventListener("online", () => dataset.state === "offline" && !this.#popup.hidden && this.#update(), { signal });
    // history.state may still be that of the previous entry.
    addEventListener("popstate", (event) => this.#restore(event.state?.semsearch), { signal });
    addEventListener("pageshow", (event) => event.persisted && this.#restore(history.state?.semsearch), { signal });
  }

  #upgrade() {
    this.#words = words(this, WORDS);
    const form = this.querySelector("form");
    const typed = form && findField(form);
    const label = typed?.labels[0];
    // The computed style is right even if the box itself is hidden.
    const { display, height } = getComputedStyle(label ?? this);
    const unseen = display === "none" || parseFloat(height) < 2;
    const focused = typed?.matches(":focus");
    // The copy includes what was typed.
    this.#form = typed ? form.cloneNode(true) : this.#defaultForm();
    this.#input = findField(this.#form);
    this.#list = element("div", { id: "semsearch-list", part: "list", role: "listbox" });
    this.#note = element("div");
    this.#popup = element("div", { part: "popup", hidden: "" }, this.#list, this.#note);
    this.#status = element("div", { class: "unseen", role: "status" });
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [STYLE];
    root.append(this.#form, this.#popup, this.#status);
    this.#setUp(label?.textContent.trim(), unseen);
    this.#listen(root);
    const input = this.#input;
    // Ids do not resolve from inside the shadow root to labels and descriptions outside the form.
    for (const by of ["ariaLabelledByElements", "ariaDescribedByElements"]) {
      if (!input[by]?.length) input[by] = typed?.[by] ?? null;
    }
    // Scripts of the page may focus the original field.
    if (typed) typed.focus = (options) => input.focus(options);
    if (focused) {
      input.focus({ preventScroll: true });
      input.setSelectionRange(typed.selectionStart, typed.selectionEnd);
      if (input.value !== input.defaultValue) this.#update(true);
    }
    // Results open by themselves only after going back, also within a single-page app: they cover the page.
    const [visit] = performance.getEntriesByType("navigation");
    const returns = visit.type === "back_forward" || document.readyState === "complete";
    if (!input.value) this.#restore(returns && history.state?.semsearch);
    // Added last, so that restoring the focus above does not open the list.
    input.addEventListener("focus", () => input.value || this.#recent());
  }

  /** Creates a form, for a page without one. */
  #defaultForm() {
    const { search } = this.#words;
    const input = element("input", { type: "search", name: "q", placeholder: search });
    return element("form", { action: new URL("search", base(this)).href }, input, element("button", {}, search));
  }

  /** Turns the field into a combobox. `label`: its label on the page; `unseen`: visible to screen readers only. */
  #setUp(label, unseen) {
    const input = this.#input;
    if (!input.labels.length) input.ariaLabel ??= label ?? this.#words.search;
    else if (unseen) input.labels[0].className = "unseen";
    input.role = "combobox";
    input.ariaAutoComplete = "list";
    input.ariaExpanded = false;
    input.autocomplete = "off";
    input.autofocus = false;
    input.maxLength = 2000;
    set(this.#form, "role", "search");
    set(this.#form, "part", "form");
    for (const each of this.#form.querySelectorAll("label, input, select, button")) each.part.add(each.localName);
  }

  #listen(root) {
    const [input, popup, list] = [this.#input, this.#popup, this.#list];
    // Also while an input method composes: on phones, all text is composed.
    this.#form.addEventListener("input", ({ target }) => (target === input || !popup.hidden) && this.#update(true));
    this.#form.addEventListener("submit", () => this.#submitted());
    this.#form.addEventListener("reset", () => this.#close());
    input.addEventListener("click", () => popup.hidden && this.#update());
    root.addEventListener("keydown", (event) => this.#key(event));
    root.addEventListener("focusout", (event) => {
      // Stay open if the window lost focus, and do nothing if the box was removed.
      if (!document.hasFocus() || root.contains(event.relatedTarget)) return;
      queueMicrotask(() => this.isConnected && this.#close());
    });
    // Keep the focus in the field.
    popup.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("pointerdown", (event) => (this.#pressed = event.target.closest("a")));
    // Rows that appear under a resting pointer match :hover, but the visitor did not point at them.
    list.addEventListener("pointermove", (event) => {
      if (event.movementX || event.movementY) list.dataset.pointed = "";
    });
    list.addEventListener("click", (event) => {
      const row = event.target.closest("a");
      // Ignore a click if the row changed after pointerdown. Clicks by key have detail 0.
      if (event.detail && this.#pressed && this.#pressed !== row) event.preventDefault();
      else if (row) this.#submitted(row, event.ctrlKey || event.metaKey || event.shiftKey);
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
    const outside = (modal) => !modal.contains(this) && visible(modal);
    if (this !== firstBox() || [...document.querySelectorAll("dialog:modal, [aria-modal=true]")].some(outside)) return;
    event.preventDefault();
    this.#input.focus();
    this.#input.select();
  }

  #key(event) {
    const [input, row, { hidden }] = [this.#input, this.#active, this.#popup];
    const { key, altKey, shiftKey } = event;
    const held = event.ctrlKey || event.metaKey;
    const q = input.value.trim();
    // Leave keys to the input method.
    if (event.isComposing || event.keyCode === 229) return;
    // The page sees the event target as the box, not a field, and could take letters for shortcuts.
    if (!key[1] && !held && !altKey) event.stopPropagation();
    if (key === "Escape" && !hidden) {
      input.focus();
      this.#close();
    } else if (event.target !== input) {
      return;
    } else if (key === "Escape" && input.value) {
      input.value = "";
      this.#stop();
      this.#setUrl("");
    } else if (key === "Enter" && held && (row || q)) {
      open(row?.href ?? this.#url(q), "_blank", "noopener");
      this.#submitted(row, true);
    } else if (key === "Enter" && row) {
      row.click();
    } else if (/^Arrow(Up|Down)$/.test(key) && !held && !altKey && !shiftKey) {
      if (hidden) this.#update();
      else this.#step(key === "ArrowDown" ? 1 : -1);
    } else {
      // With recent searches open, Tab moves to the button that clears them.
      if (key === "Tab" && this.#popup.dataset.state !== "recent") this.#close();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** Moves the selection by one row; after the last row, no row is selected. */
  #step(by) {
    const rows = [null, ...this.#list.children];
    this.#activate(rows.at((rows.indexOf(this.#active) + by) % rows.length));
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

  // ---- requests and responses

  /** Shows results for the current text. `typing`: the text may change soon, so wait before the request. */
  #update(typing) {
    const q = this.#input.value.trim();
    const filters = this.#filters();
    const query = JSON.stringify([q, filters]);
    this.#activate(null);
    if (!q) return this.#recent();
    if (query !== this.#query) this.#search(q, filters, typing);
    else if (!this.#pending) this.#show(true);
    this.#query = query;
  }

  /** The filters of the form, as parameters of the service. */
  #filters() {
    return [...new FormData(this.#form)].flatMap(([name, value]) => {
      if (value && name === "year") return [["date_from", `${value}-01-01`], ["date_to", `${value}-12-31`]];
      return value && FILTERS.includes(name) ? [[name, value]] : [];
    });
  }

  #stop() {
    if (this.#pending) this.#query = null;
    this.#pending?.abort();
    this.#pending = null;
    this.#announce("");
  }

  async #search(q, filters, typing) {
    this.#stop();
    const { signal } = (this.#pending = new AbortController());
    this.#popup.dataset.state = "asked";
    pause(SLOW).then(() => signal.aborted || this.#render("loading", ["loading"]));
    // The suggest route has no filters.
    if (typing && !filters.length) this.#complete(q, signal);
    if (typing) await pause(SEARCH);
    try {
      // Answers in the language of the page come first; the attribute may be no language tag.
      const [lang] = this.closest("[lang]")?.lang.match(/^[a-z]{2,3}\b/i) ?? [];
      const page = lang ? [["page_language", lang]] : [];
      const result = await get(this, "v1/search", [["q", q], ["limit", POSTS], ...page, ...filters], signal);
      if (!signal.aborted) this.#display(q, result, signal);
    } catch (problem) {
      if (signal.aborted) return;
      console.warn(`semsearch: ${problem.message}`);
      this.#stop();
      // An error caused by an unexpected response has no kind.
      const state = navigator.onLine ? (problem.kind ?? "away") : "offline";
      this.#append(signal);
      this.#render(state, [state]);
    }
  }

  /** Shows titles that complete the text, until the search responds. */
  async #complete(q, signal) {
    await pause(COMPLETE);
    const request = get(this, "v1/suggest", [["q", q], ["limit", COMPLETIONS]], signal);
    // Errors are ignored: the search will report them.
    const { suggestions } = await request.catch(() => ({}));
    if (signal.aborted || !suggestions?.length) return;
    this.#append(signal, ...suggestions.map(({ id, text, url }) => this.#row(q, id, url, [text])));
    // Keep the loading message.
    if (this.#popup.dataset.state === "loading") this.#render("loading", ["loading"]);
    else this.#render("completions");
  }

  #display(q, { hits, answerable, corrections, missing, synonyms, unknown, redirect }, signal) {
    const offer = (url, name, values) => found.push(this.#row(q, "", url, fillIn(this.#words[name], values)));
    const found = [];
    for (const each of unknown) each.suggestion && offer(this.#url(q, each), "nearest", each);
    if (redirect) offer(redirect, "redirect", { redirect });
    found.push(...hits.map((hit) => this.#row(q, hit.id, hit.url, highlight(hit.title, hit.highlights.title), hit)));
    if (hits.length) found.push(this.#row(q, null, null, fillIn(this.#words.all, { q })));
    this.#append(signal, ...found);
    const said = [
      ...unknown.map((each) => [each.parameter, each]),
      ...Object.entries(corrections).map(([typed, meant]) => ["corrected", { typed, meant }]),
      ...missing.map((name) => ["missing", { missing: name }]),
      ...Object.entries(synonyms).map(([phrase, others]) => ["synonyms", { phrase, others: others.join("”, “") }]),
    ];
    if (!hits.length) this.#render("empty", ...said, ["empty"]);
    else if (answerable || hits.some((hit) => hit.pinned)) this.#render("results", ...said);
    else this.#render("unsure", ...said, ["unsure"]);
    this.#pending.abort();
    this.#pending = null;
    this.#setUrl(q);
  }

  // ---- rows and status

  /** Appends rows below those of the same request, so that none moves. Rows of a new request replace the others. */
  #append(owner, ...rows) {
    const list = this.#list;
    if (owner !== this.#owner) {
      this.#activate(null);
      list.replaceChildren();
    }
    this.#owner = owner;
    delete list.dataset.pointed;
    const known = new Set([...list.children].map((row) => row.dataset.post));
    list.append(...rows.filter((row) => !known.has(row.dataset.post)));
    if (!known.size) list.scrollTop = 0;
  }

  /** Creates the row of a post; the id is "" for an offer and null for all results. Posts without a URL lead to the
      results page. */
  #row(q, id, url, title, hit) {
    const text = hit?.passage?.text ?? hit?.teaser;
    const ranges = hit?.highlights[hit.passage ? "passage" : "teaser"] ?? [];
    // Do not mark the whole text.
    const parts = ranges.filter(([start, end]) => end - start < [...text].length);
    const date = hit?.date && element("time", { part: "date", datetime: hit.date }, hit.date.slice(0, 10));
    const part = id ? "option" : "option all";
    const section = hit?.section;
    const href = safe(url && place(url, section?.anchor)) ?? this.#url(q);
    return element(
      "a",
      { id: `semsearch-${++rowId}`, part, href, role: "option", tabindex: -1, "aria-selected": false, "data-post": id },
      element("span", { part: "title", dir: "auto" }, ...title),
      hit && element("span", { part: "excerpt", dir: "auto" }, date, date && text && " · ", ...highlight(text, parts)),
      section && element("span", { part: "section", dir: "auto" }, `› ${section.title}`),
      hit && picture(hit.image),
    );
  }

  /** Shows the list and status lines below it. `lines`: keys of WORDS, each with the values to fill in. */
  #render(state, ...lines) {
    const texts = lines.map(([name, values]) => element("p", {}, ...fillIn(this.#words[name], values)));
    const note = element("div", { part: "status" }, ...texts);
    // A new element, since moving the old one would count as a layout shift.
    this.#note.replaceWith(note);
    this.#note = note;
    this.#popup.dataset.state = state;
    this.#list.ariaLabel = this.#words[state === "recent" ? "recent" : "results"];
    this.#show(true);
    const rows = [...this.#list.children];
    const n = rows.filter((row) => row.dataset.post).length;
    const count = n === 1 ? this.#words.one : this.#words.many.replace("{n}", n);
    const offers = rows.filter((row) => row.dataset.post === "").map((row) => row.innerText);
    this.#announce([note.innerText, ...offers, /results|unsure/.test(state) ? count : ""].join(" "));
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
    if (opens) this.#position();
  }

  #position() {
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

  /** Closes the list. `leaves`: the visitor follows a result and may come back, so the query stays in the URL. */
  #close(leaves) {
    this.#stop();
    if (this.#popup.hidden) return;
    this.#activate(null);
    this.#show(false);
    if (!leaves) this.#setUrl("");
  }

  // ---- recent searches

  #stored() {
    try {
      return JSON.parse(localStorage.getItem(`semsearch:${base(this)}`)).map(String);
    } catch {
      // Nothing is stored, or storage is blocked.
      return [];
    }
  }

  #store(queries) {
    try {
      localStorage.setItem(`semsearch:${base(this)}`, JSON.stringify(queries));
    } catch {
      // Storage is blocked.
    }
  }

  #recent() {
    const queries = this.#stored();
    this.#stop();
    this.#query = null;
    this.#setUrl("");
    if (!queries.length) return this.#close();
    this.#append({}, ...queries.map((q) => this.#row(q, q, null, [q])));
    this.#render("recent", ["recent"]);
    const forget = element("button", { type: "button", part: "forget" }, this.#words.forget);
    this.#note.append(forget);
    forget.addEventListener("click", () => {
      this.#store([]);
      this.#input.focus();
      this.#close();
      this.#announce(this.#words.forgotten);
    });
  }

  /** Called when the form is sent or a row is followed. `stays`: it opens in another tab. */
  #submitted(row, stays) {
    const q = this.#input.value.trim() || row?.dataset.post;
    if (q) this.#store([...new Set([q, ...this.#stored()])].slice(0, RECENT));
    if (stays) return;
    this.#setUrl(q);
    this.#close(true);
  }

  // ---- URLs

  /** The URL of the results page of a query. A `value` of the `parameter` is replaced by the `suggestion`. */
  #url(q, { parameter, value, suggestion } = {}) {
    const url = new URL(this.#form.getAttribute("action") || location.href, document.baseURI);
    const sent = new FormData(this.#form);
    sent.set(this.#input.name, q);
    const replaced = ([name, old]) => [name, name === parameter && old === value ? suggestion : old];
    url.search = new URLSearchParams([...sent].map(replaced));
    return url.href;
  }

  /** Whether the form leads to this page. */
  #isHere() {
    return this.#url("").split("?")[0] === location.origin + location.pathname;
  }

  #setUrl(q) {
    const url = new URL(location.href);
    const { name } = this.#input;
    const { state } = history;
    // Do not touch a query that the page itself set, nor a URL that URLSearchParams would rewrite.
    if (this.#isHere() || (!q && !state?.semsearch) || `?${url.searchParams}` !== (url.search || "?")) return;
    if (q) url.searchParams.set(name, q);
    else url.searchParams.delete(name);
    try {
      history.replaceState(typeof state === "object" ? { ...state, semsearch: !!q } : state, "", url);
    } catch {
      // The page has no URL of its own, such as in a sandboxed frame.
    }
  }

  /** Takes the query from the URL, and shows results if they were open before. */
  #restore(open) {
    const q = new URLSearchParams(location.search).get(this.#input.name);
    if (q) this.#input.value = q;
    if (!q || !open || this.#isHere() || this !== firstBox()) return this.#close(true);
    this.#input.focus({ preventScroll: true });
    this.#update();
  }
}

/** The URL of a place in a page. A fragment that a script of the page reads as a path (#/…, #!…) stays. */
function place(url, anchor) {
  const [page, fragment] = url.split(/#(.*)/s);
  return anchor && !/^[/!]/.test(fragment) ? `${page}#${anchor}` : url;
}

/** The field for the query. */
function findField(form) {
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

/** Splits a text into strings and marks. `ranges`: `[start, end)` in code points, ordered, not overlapping. */
function highlight(text, ranges = []) {
  const points = [...text];
  const pieces = [];
  let position = 0;
  for (const [start, end] of ranges) {
    const mark = element("mark", { part: "mark" }, points.slice(start, end).join(""));
    pieces.push(points.slice(position, start).join(""), mark);
    position = end;
  }
  return [...pieces, points.slice(position).join("")];
}

/** Fills values into the {names} of a text. Each value may have another text direction. */
function fillIn(text, values = {}) {
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
a:has(img) { grid-template-columns: 1fr 4.5rem; column-gap: 0.75rem; }
a > span { grid-column: 1; }
img { grid-area: 1 / 2 / span 3; width: 100%; }
[part=excerpt], [part=section], [part=status] { color: var(--muted); font-size: 0.875rem; }
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
