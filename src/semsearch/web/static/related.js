/* Which posts belong beside this one? <semsearch-related post="its id"> asks the service once it comes near the window.

   What is inside is shown until a list comes, and for good where none does and it has links; it is of the first post that
   the element has. Where there are none, the file that `fallback` names is read, a list of the static export. With
   nothing to show the element is `hidden`. */

import { ask, element, safe, sheet, words } from "./common.js";

const TEXTS = {
  words: "Both write of ",
  tags: "Both are tagged ",
  authors: "Both are by ",
  series: "Both are in the series ",
  newer: "Newer",
};

const STYLE = sheet(`
nav { margin: 1.25rem 0 1rem; }
[part=heading] { margin: 0 0 0.5rem; font-size: 1.25rem; }
ul { margin: 0; padding: 0; list-style: none; }
li { padding: 0.75rem 0; border-top: 1px solid var(--line); }
a { font-weight: 600; }
:any-link { color: var(--link); }
p { margin: 0.25rem 0 0; }
[part=about] { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 0.5rem; color: var(--muted); font-size: 0.875rem; }
span { position: relative; padding: 0 0.5rem; border: 1px solid var(--line); border-radius: 1rem; }
i { position: absolute; inset: 0; overflow: hidden; opacity: 0; }
`);

class Related extends HTMLElement {
  static observedAttributes = ["post"];

  #near = new IntersectionObserver((seen) => seen.at(-1).isIntersecting && this.#load(), { rootMargin: "1000px" });
  #asking;
  // The post whose links are inside.
  #first;
  // The post whose list is there.
  #shown;

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [STYLE];
    this.shadowRoot.replaceChildren(element("slot"));
  }

  connectedCallback() {
    this.#watch();
  }

  attributeChangedCallback() {
    this.#watch();
  }

  disconnectedCallback() {
    this.#rest();
  }

  #rest() {
    this.#near.disconnect();
    this.#asking?.abort();
  }

  #watch() {
    this.#rest();
    const post = this.getAttribute("post");
    this.#first ||= post;
    if (!post || post === this.#shown) return;
    // What is hidden is never near.
    this.hidden = false;
    this.#near.observe(this);
  }

  async #load() {
    this.#near.disconnect();
    const { signal } = (this.#asking = new AbortController());
    const post = this.getAttribute("post");
    const links = this.#first === post && this.querySelector("a[href]");
    const fallback = !links && this.getAttribute("fallback");
    const path = `v1/posts/${encodeURIComponent(post)}/related`;
    const answer = await ask(this, path, [["limit", this.getAttribute("limit") ?? 5]], signal)
      .catch((problem) => {
        if (!signal.aborted) console.warn(`semsearch: ${problem.message}`);
        return fallback && fetch(fallback, { signal }).then((file) => file.json());
      })
      .catch(() => {});
    if (signal.aborted) return;
    this.#shown = answer && post;
    // Somebody is about to use what is inside.
    if (answer && this.querySelector(":focus, :hover")) return;
    if (answer?.hits?.length) return this.#show(answer.hits, links);
    this.shadowRoot.replaceChildren(links ? element("slot") : "");
    this.hidden = !links || !!answer?.hits;
  }

  /** What is below a list that can be seen stays where it is: the new one takes as much room, or is not shown. */
  #show(hits, links) {
    const heading = this.querySelector("h1, h2, h3, h4, h5, h6") ?? element("h2", {}, "Related posts");
    const texts = words(this, { heading: heading.textContent, ...TEXTS });
    const { top, height } = this.getBoundingClientRect();
    const nav = element(
      "nav",
      { part: "nav", "aria-labelledby": "heading" },
      element(heading.localName, { part: "heading", id: "heading" }, texts.heading),
      element("ul", { part: "list" }, ...hits.map((hit) => item(hit, texts))),
    );
    this.shadowRoot.replaceChildren(nav);
    if (!links || top > innerHeight) return;
    if (nav.offsetHeight > height) this.shadowRoot.replaceChildren(element("slot"));
    nav.style.minHeight = `${height}px`;
  }
}

function item({ title, teaser, url, date, reasons }, texts) {
  return element(
    "li",
    { part: "item", dir: "auto" },
    element("a", { part: "title", href: safe(url) }, title),
    element("p", { part: "teaser" }, teaser.replace(/^(.{130}\S*).+/su, "$1…")),
    element(
      "p",
      { part: "about" },
      date?.slice(0, 10),
      ...reasons.map(({ kind, values }) => texts[kind] && reason(texts[kind], kind !== "newer" && values)),
    ),
  );
}

/** What both posts have; before it, for who hears the list, what that is. */
function reason(text, values) {
  return element("span", { part: "reason" }, ...(values ? [element("i", {}, text), values.join(", ")] : [text]));
}

customElements.define("semsearch-related", Related);
