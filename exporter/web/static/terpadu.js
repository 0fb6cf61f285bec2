// Keeps a page live. Without it every page works, and is as old as its loading.
//
//   <html data-stream data-version>   where the server tells what is new, and what the page was made of
//   <html data-zone>       the time zone that hours are told in; the browser's where there is none
//   data-live="KEY"        a region; only what differs in it is touched, so focus, selection and scrolling stay
//   data-key               tells siblings apart where they have no id, data-live or href
//   data-condition         an element whose value changes, or that comes, is marked `just-changed` for two seconds
//   data-announce          a region that screen readers speak: its text is put in at once
//   data-connection        says whether the page is live: data-state is "live" or "lost"; its texts are in data-live-text
//                          and data-lost, where {time} is since when
"use strict";
(() => {
  const HIDDEN_MS = 60_000; // a browser gives a server six connections, and hidden pages shall leave some
  const SILENT_MS = 40_000; // the server beats every 15 s, but not of a page that it can't look at anew
  const NOTICE_MS = 5_000;
  const REFRESH_MS = 5_000;
  const RELOAD_MS = 30_000;
  const MARKED_MS = 2_000;
  const RETRY_MS = [3_000, 5_000, 10_000, 20_000];
  const JUST = "just-changed";
  const root = document.documentElement;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let version = root.dataset.version ?? "";
  let source = null;
  let heardAt = Date.now();
  let failures = 0;
  let retry = 0;
  let hiding = 0;
  let refreshedAt = 0; // by the page's own clock: when it was loaded
  let reloading = false;

  // What differs is put in place.

  const keyOf = (node) =>
    node.nodeType !== Node.ELEMENT_NODE ? "" :
    node.id || node.getAttribute("data-live") || node.getAttribute("data-key") || node.getAttribute("href") || "";
  const alike = (one, other) =>
    one.nodeType === other.nodeType && one.nodeName === other.nodeName && keyOf(one) === keyOf(other);
  const waiting = new Map(); // texts that are selected, and what they shall be

  const mark = (element) => {
    if (still.matches) return;
    element.classList.add(JUST);
    setTimeout(() => {
      element.classList.remove(JUST);
      if (!element.classList.length) element.removeAttribute("class");
    }, MARKED_MS);
  };

  const fixText = (have, want) => {
    const selection = getSelection();
    waiting.delete(have);
    if (have.data === want.data) return;
    if (selection && !selection.isCollapsed && selection.containsNode(have, true)) waiting.set(have, want.data);
    else have.data = want.data;
  };

  const fixAttribute = (have, name, value) => {
    const isMarked = name === "class" && have.classList.contains(JUST);
    const now = isMarked ? `${value ?? ""} ${JUST}`.trim() : value;
    if (have.getAttribute(name) === now) return;
    if (now === null) have.removeAttribute(name);
    else have.setAttribute(name, now);
    if (name === "data-condition") mark(have);
  };

  const fixElement = (have, want) => {
    if (have.hasAttribute("data-connection")) return; // ours
    const names = new Set([...have.getAttributeNames(), ...want.getAttributeNames()]);
    if (have.nodeName === "DETAILS") names.delete("open"); // the reader's
    for (const name of names) fixAttribute(have, name, want.getAttribute(name));
    fixChildren(have, want);
  };

  const fix = (have, want) => {
    if (have.nodeType === Node.ELEMENT_NODE) fixElement(have, want);
    else if (have.nodeType === Node.TEXT_NODE) fixText(have, want);
  };

  const insert = (parent, node, before) => {
    parent.insertBefore(node, before);
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    for (const element of [node, ...node.querySelectorAll("[data-condition]")])
      if (element.hasAttribute("data-condition")) mark(element);
  };

  const fixChildren = (parent, wanted) => {
    const keyed = new Map();
    for (const child of parent.childNodes) if (keyOf(child)) keyed.set(keyOf(child), child);
    let at = parent.firstChild;
    for (const want of [...wanted.childNodes]) {
      const key = keyOf(want);
      const known = key ? keyed.get(key) : at;
      if (!known || !alike(known, want)) {
        insert(parent, want, at);
        continue;
      }
      keyed.delete(key);
      if (known === at) at = at.nextSibling;
      else parent.insertBefore(known, at);
      fix(known, want);
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  };

  const put = (region, html) => {
    const wanted = region.cloneNode(false);
    wanted.innerHTML = html;
    if (!region.hasAttribute("data-announce")) fixChildren(region, wanted);
    else if (region.textContent !== wanted.textContent) region.textContent = wanted.textContent;
  };

  const keepingFocus = (work) => {
    const had = document.activeElement;
    const href = had?.getAttribute("href");
    work();
    if (!had || had === document.body || had === document.activeElement) return;
    const same = had.isConnected ? had :
      (had.id && document.getElementById(had.id)) || (href && document.querySelector(`a[href="${CSS.escape(href)}"]`));
    same?.focus({ preventScroll: true });
  };

  const regionOf = (key) => document.querySelector(`[data-live="${CSS.escape(key)}"]`);

  const take = (fragments) => {
    const regions = Object.entries(fragments).map(([key, html]) => [regionOf(key), html]);
    if (regions.some(([region]) => !region)) refresh();
    keepingFocus(() => {
      for (const [region, html] of regions) if (region) put(region, html);
    });
  };

  document.addEventListener("selectionchange", () => {
    if (!waiting.size || !getSelection().isCollapsed) return;
    for (const [text, data] of waiting) text.data = data;
    waiting.clear();
  });

  // A page whose frame is another by now is fetched again and put in place; one of another version of the program is
  // loaded again, but not in a circle and under nobody's fingers.

  const assetsOf = (page) =>
    [...page.querySelectorAll("link[rel=stylesheet], script[src]")].map((one) => one.getAttribute("href") ?? one.getAttribute("src")).join(" ");

  const fetchAgain = async () => {
    refreshedAt = performance.now();
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (response.status >= 500) throw new Error(response.statusText);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (assetsOf(page) !== assetsOf(document)) {
      reload();
      return;
    }
    keepingFocus(() => fixElement(root, page.documentElement));
    version = root.dataset.version ?? "";
    if (root.dataset.stream) connect(); // what is shown may have gone, and why it did isn't live
  };

  const refresh = () => {
    disconnect();
    const wait = Math.max(0, refreshedAt + REFRESH_MS - performance.now());
    retry = setTimeout(() => fetchAgain().catch(connectLater), wait);
  };

  const reload = () => {
    if (reloading) return;
    reloading = true;
    const go = () => {
      if (document.activeElement?.matches("input, select, textarea")) setTimeout(go, 5_000);
      else location.reload();
    };
    setTimeout(go, Math.max(0, RELOAD_MS - performance.now()));
  };

  // Whether it is live is said.

  const say = (state) => {
    for (const note of document.querySelectorAll("[data-connection]")) {
      if (note.dataset.state === state) continue;
      const inZone = { hour: "2-digit", minute: "2-digit", timeZone: root.dataset.zone };
      const clock = new Intl.DateTimeFormat(root.lang === "id" ? "id" : "en-GB", inZone);
      const text = state === "live" ? note.dataset.liveText : note.dataset.lost;
      note.dataset.state = state;
      note.textContent = (text ?? "").replace("{time}", clock.format(heardAt));
      note.hidden = !note.textContent;
    }
  };

  const hear = () => {
    heardAt = Date.now();
    failures = 0;
    say("live");
  };

  // The connection.

  const address = () => {
    const url = new URL(root.dataset.stream, location.href);
    if (version) url.searchParams.set("version", version);
    return url;
  };

  const listen = (name, act) =>
    source.addEventListener(name, (event) => {
      version = event.lastEventId || version;
      hear();
      act(JSON.parse(event.data));
    });

  const disconnect = () => {
    source?.close();
    source = null;
    clearTimeout(retry);
  };

  const connectLater = () => {
    disconnect();
    const wait = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)];
    failures += 1;
    retry = setTimeout(connect, wait * (0.8 + 0.4 * Math.random()));
  };

  const connect = () => {
    disconnect();
    source = new EventSource(address());
    source.onopen = hear; // a stream opens only with a page that was looked at anew
    source.onerror = () => {
      if (source?.readyState === EventSource.CLOSED) connectLater(); // it was refused, and wouldn't try again
    };
    listen("change", take);
    listen("reload", refresh);
    listen("beat", () => {});
  };

  const watch = () => {
    if (document.hidden || !root.dataset.stream) return;
    const silence = Date.now() - heardAt;
    if (silence > NOTICE_MS && source?.readyState !== EventSource.OPEN) say("lost");
    if (silence > SILENT_MS) {
      say("lost");
      if (source?.readyState === EventSource.OPEN) connectLater();
    }
  };

  const onVisibility = () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(disconnect, HIDDEN_MS);
    else if (!source && root.dataset.stream) connect();
  };

  if (!root.dataset.stream || !("EventSource" in window)) return;
  document.addEventListener("visibilitychange", onVisibility);
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", (event) => event.persisted && onVisibility());
  setInterval(watch, 1_000);
  if (!document.hidden) connect();
})();
