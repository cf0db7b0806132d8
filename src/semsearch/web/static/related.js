/* <semsearch-related post="an id"> shows the related posts of a post. It loads them when it comes near the viewport.

   The inner markup is the fallback without JavaScript or when the service is down. It belongs to the first value of
   `post`, and counts only if it has links. Without it, the list is read from the URL in the attribute `fallback`, which
   is a JSON file of the static export. With nothing to show, the element is `hidden`. */

import { element, get, picture, safe, sheet, words } from "./common.js";

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
li { display: flow-root; padding: 0.75rem 0; border-top: 1px solid var(--line); }
img { float: inline-end; width: 6rem; margin-inline-start: 0.75rem; }
a { font-weight: 600; }
:any-link { color: var(--link); }
p { margin: 0.25rem 0 0; }
[part=about] { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 0.5rem; color: var(--muted); font-size: 0.875rem; }
span { position: relative; padding: 0 0.5rem; border: 1px solid var(--line); border-radius: 1rem; }
i { position: absolute; inset: 0; overflow: hidden; opacity: 0; }
`);

class Related extends HTMLElement {
  static observedAttributes = ["post"];

  #observer = new IntersectionObserver((all) => all.at(-1).isIntersecting && this.#load(), { rootMargin: "1000px" });
  #pending;
  // The post that the inner markup belongs to.
  #initial;
  // The post whose list is shown.
  #shown;

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [STYLE];
    this.shadowRoot.replaceChildren(element("slot"));
  }

  connectedCallback() {
    this.#observe();
  }

  attributeChangedCallback() {
    this.#observe();
  }

  disconnectedCallback() {
    this.#cancel();
  }

  #cancel() {
    this.#observer.disconnect();
    this.#pending?.abort();
  }

  #observe() {
    this.#cancel();
    const post = this.getAttribute("post");
    this.#initial ||= post;
    if (!post || post === this.#shown) return;
    // A hidden element never intersects the viewport.
    this.hidden = false;
    this.#observer.observe(this);
  }

  async #load() {
    this.#observer.disconnect();
    const { signal } = (this.#pending = new AbortController());
    const post = this.getAttribute("post");
    const links = this.#initial === post && this.querySelector("a[href]");
    const fallback = !links && this.getAttribute("fallback");
    const path = `v1/posts/${encodeURIComponent(post)}/related`;
    const result = await get(this, path, [["limit", this.getAttribute("limit") ?? 5]], signal)
      .catch((problem) => {
        if (!signal.aborted) console.warn(`semsearch: ${problem.message}`);
        return fallback && fetch(fallback, { signal }).then((file) => file.json());
      })
      .catch(() => {});
    if (signal.aborted) return;
    this.#shown = result && post;
    // Do not replace markup that the visitor is about to use.
    if (result && this.querySelector(":focus, :hover")) return;
    if (result?.hits?.length) return this.#show(result.hits, links);
    this.shadowRoot.replaceChildren(links ? element("slot") : "");
    this.hidden = !links || !!result?.hits;
  }

  /** Shows a list. If the fallback is visible, the layout must not shift: the list gets its height, or is not shown. */
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

function item({ title, teaser, url, date, image, reasons }, texts) {
  return element(
    "li",
    { part: "item", dir: "auto" },
    picture(image),
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

/** What both posts have in common, after a label that only screen readers read. */
function reason(text, values) {
  return element("span", { part: "reason" }, ...(values ? [element("i", {}, text), values.join(", ")] : [text]));
}

customElements.define("semsearch-related", Related);
