/* Shared by both components: requests to the service, safe links, pictures, DOM elements, texts and colours. */

/** The URL of the service: the site of this file, unless an element has the attribute `service`. */
const SERVICE = new URL("..", import.meta.url).href;
/** Milliseconds. */
const TIMEOUT = 8_000;

/** Sends a GET request to the service and returns the parsed JSON.

    Throws an AbortError if `signal` was aborted. Other errors have a `kind`: "away" if the service cannot be reached or
    fails, "busy" if it is overloaded, "refused" if the request is invalid. */
export async function get(host, path, parameters, signal) {
  const url = new URL(path, base(host));
  for (const [name, value] of parameters) url.searchParams.append(name, value);
  const key = host.getAttribute("api-key");
  let response;
  try {
    response = await fetch(url, {
      headers: key ? { Authorization: `Bearer ${key}` } : {},
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw problem("away", `${url.origin} is unreachable or does not allow ${location.origin} (see SEMSEARCH_ORIGINS)`);
  }
  // A body that is not JSON is not from the service, but from a proxy or another server.
  const body = await response.json().catch((error) => {
    if (signal.aborted) throw error;
  });
  if (response.ok && body) return body;
  const kind = { 422: "refused", 429: "busy", 503: "busy" }[response.status] ?? "away";
  throw problem(kind, body?.detail ?? `${url.origin} responds with status ${response.status}`);
}

function problem(kind, message) {
  return Object.assign(new Error(message), { kind });
}

/** The URL of the service that an element uses. It ends with a slash. */
export function base(host) {
  const given = host.getAttribute("service");
  return given ? new URL(given.replace(/\/*$/, "/"), document.baseURI).href : SERVICE;
}

/** Returns a URL unchanged if it is http(s) or leads to this site, else null: links must not run scripts. */
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

/** The picture of a post, or null. It is removed if it cannot be loaded, so that it leaves no hole. */
export function picture(url) {
  const src = safe(url);
  if (!src) return null;
  const image = element("img", { part: "image", alt: "", loading: "lazy", referrerpolicy: "no-referrer", src });
  image.addEventListener("error", () => image.remove());
  return image;
}

/** Creates an element. Attributes and children that are null are left out. */
export function element(name, attributes = {}, ...children) {
  const created = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value != null) created.setAttribute(attribute, value);
  }
  created.append(...children.filter((child) => child != null));
  return created;
}

/** The texts of a component, some replaced by those of the attribute `messages`, which is JSON. */
export function words(host, own) {
  try {
    return { ...own, ...JSON.parse(host.getAttribute("messages") ?? "{}") };
  } catch (error) {
    console.error(`semsearch: the attribute messages is not JSON: ${error.message}`);
    return own;
  }
}

/** Creates a style sheet for a shadow root. Its colours follow the color-scheme of the page. */
export function sheet(css) {
  const created = new CSSStyleSheet();
  created.replaceSync(TOKENS + css);
  return created;
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
img { aspect-ratio: 3 / 2; border-radius: 4px; background: var(--line); object-fit: cover; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;
