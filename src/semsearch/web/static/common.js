/* What do both components need? The service and its answers, safe addresses, elements, words and colours. */

/** Where this file is served from is the service, unless an element says otherwise. */
const OWN = new URL("..", import.meta.url).href;
/** Milliseconds, after which an answer is not waited for. */
const PATIENCE = 8_000;

/** Asks the service: the JSON of an answer.

    Throws an AbortError where `signal` says so, and else an error whose `kind` tells of the service: it is "away" or
    "busy", or has "refused" what was asked. */
export async function ask(host, path, parameters, signal) {
  const url = new URL(path, base(host));
  for (const [name, value] of parameters) url.searchParams.append(name, value);
  const key = host.getAttribute("api-key");
  let response;
  try {
    response = await fetch(url, {
      headers: key ? { Authorization: `Bearer ${key}` } : {},
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw problem("away", `${url.origin} does not answer, or not to ${location.origin} (see SEMSEARCH_ORIGINS)`);
  }
  // What is no JSON comes from something else that stands at the address.
  const answer = await response.json().catch((error) => {
    if (signal.aborted) throw error;
  });
  if (response.ok && answer) return answer;
  const kind = { 422: "refused", 429: "busy", 503: "busy" }[response.status] ?? "away";
  throw problem(kind, answer?.detail ?? `${url.origin} answers with status ${response.status}`);
}

function problem(kind, message) {
  return Object.assign(new Error(message), { kind });
}

/** The address of the service that an element asks; it ends with a slash. */
export function base(host) {
  const given = host.getAttribute("service");
  return given ? new URL(given.replace(/\/*$/, "/"), document.baseURI).href : OWN;
}

/** An address as it is, where it is http(s) or of this very site; null for what a link must not hold. */
export function safe(url) {
  if (!url || /[\t\n\r]/.test(url)) return null;
  try {
    const whole = new URL(url, document.baseURI);
    const same = whole.origin === new URL(document.baseURI).origin;
    return /^https?:$/.test(whole.protocol) && (same || /^https?:\/\//i.test(url)) ? url : null;
  } catch {
    return null;
  }
}

/** An element. What is null is left out, of its attributes and of its children: elements and texts. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value != null) made.setAttribute(attribute, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

/** What a component says: its own words, and instead of them what the attribute `messages` has, as JSON. */
export function words(host, own) {
  try {
    return { ...own, ...JSON.parse(host.getAttribute("messages") ?? "{}") };
  } catch (error) {
    console.error(`semsearch: the attribute messages is not JSON: ${error.message}`);
    return own;
  }
}

/** A style sheet for the inside of a component: its colours follow the color-scheme of the page around it. */
export function sheet(css) {
  const made = new CSSStyleSheet();
  made.replaceSync(TOKENS + css);
  return made;
}

const TOKENS = `
:host {
  --text: var(--semsearch-text, light-dark(#1c2024, #e7eaee));
  --muted: var(--semsearch-muted, light-dark(#5a6370, #a2abb6));
  --line: var(--semsearch-line, light-dark(#d5dae0, #39414b));
  --link: var(--semsearch-link, light-dark(#0b57c2, #8ab8ff));
  --accent: var(--semsearch-accent, light-dark(#0b57c2, #8ab8ff));
  display: block;
}
:host > :not(slot) {
  color: var(--text);
  font: 1rem/1.5 var(--semsearch-font, system-ui, sans-serif);
  overflow-wrap: anywhere;
}
:host([hidden]) { display: none; }
* { box-sizing: border-box; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;
