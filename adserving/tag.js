/* The tag inside an ad: asks for a combination, fills it in, counts. Runs without an origin. */
(() => {
  "use strict";
  const doc = document;
  const config = JSON.parse(doc.getElementById("adp-config").textContent);
  const ATTRIBUTES = /^(href|src|alt|title|aria-(label|description|roledescription))$/;
  const LARGE_PIXELS = 242500; // MRC: 30 % of a large display ad suffices
  const sent = {};
  let ad = config.fallback;

  const tell = (type) => parent.postMessage({ type: "adplatform:" + type, ad_id: ad.ad_id }, "*");

  const safeUrl = (text) => {
    const url = new URL(text, doc.baseURI);
    const local = /^(localhost|127\.0\.0\.1|.+\.localhost)$/.test(url.hostname);
    const own = url.host === new URL(doc.baseURI).host;
    if (url.protocol === "https:" || (url.protocol === "http:" && (local || own))) return url.href;
    throw new Error("unsafe address");
  };

  const valueOf = (values, name, encoding) => {
    const value = name === "click_url" ? values.click_url : values.components[name];
    if (typeof value !== "string") throw new Error("no value for " + name);
    if (encoding === "url") return safeUrl(value);
    if (encoding === "css_url") return safeUrl(value).replace(/["\\\s]/g, encodeURIComponent);
    return value;
  };

  // All values are worked out before the first is set, so that a bad one leaves the fallback whole.
  const prepare = (values) => config.bindings.map(([node, kind, name, pieces]) => ({
    element: doc.querySelector('[data-adp="' + node + '"]'),
    kind,
    name,
    value: pieces.map((p) => (typeof p === "string" ? p : valueOf(values, p[0], p[1]))).join(""),
  }));

  const set = ({ element, kind, name, value }) => {
    if (kind === "text") element.textContent = value;
    else if (kind === "html") element.innerHTML = value; // sanitised by the server
    else if (kind === "style") element.style.setProperty(name, value);
    else if (ATTRIBUTES.test(name)) element.setAttribute(name, value);
  };

  const decide = () => {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), config.timeout_ms);
    const options = { credentials: "omit", cache: "no-store", signal: abort.signal };
    return fetch(config.decision_url, options)
      .then((response) => (response.ok ? response.json() : Promise.reject(response.status)))
      .finally(() => clearTimeout(timer));
  };

  const show = (decision) => {
    prepare({ components: decision.values, click_url: decision.click_url }).forEach(set);
    ad = decision;
  };

  const beacon = (url) => {
    try {
      if (navigator.sendBeacon(url, "")) return;
    } catch (e) { /* the next way */ }
    const pixel = () => { new Image().src = url; };
    try {
      fetch(url, { method: "POST", mode: "no-cors", keepalive: true }).catch(pixel);
    } catch (e) { pixel(); }
  };

  const count = (kind, url) => {
    if (sent[kind] || !url) return;
    sent[kind] = true;
    beacon(url);
    tell(kind);
  };

  const viewed = () => count("viewable", ad.viewable_url);

  const whenVisible = (then) => {
    if (doc.visibilityState === "visible") return then();
    doc.addEventListener("visibilitychange", function listener() {
      if (doc.visibilityState !== "visible") return;
      doc.removeEventListener("visibilitychange", listener);
      then();
    });
  };

  const imagesLoaded = () => Promise.race([
    new Promise((resolve) => setTimeout(resolve, 1000)),
    Promise.all(Array.from(doc.images, (image) => image.complete || image.loading === "lazy" ||
      new Promise((resolve) => { image.onload = image.onerror = resolve; }))),
  ]);

  // Viewable (MRC): enough pixels in view of an active tab for one second without a break.
  const watch = () => {
    let ratio = 0;
    let timer = 0;
    const update = () => {
      const enough = innerWidth * innerHeight > LARGE_PIXELS ? 0.3 : 0.5;
      const inView = ratio >= enough && doc.visibilityState === "visible";
      if (!inView) {
        clearTimeout(timer);
        timer = 0;
      } else if (!timer) timer = setTimeout(viewed, 1000);
    };
    doc.addEventListener("visibilitychange", update);
    new IntersectionObserver((entries) => {
      ratio = entries[entries.length - 1].intersectionRatio;
      update();
    }, { threshold: [0, 0.3, 0.5] }).observe(doc.documentElement);
  };

  const render = () => {
    doc.documentElement.classList.remove("adp-wait");
    doc.addEventListener("click", (event) => {
      // A counted click is viewable too (MRC).
      if (event.isTrusted && event.target.closest("a[href],area[href]")) {
        count("rendered", ad.impression_url + "&by=click"); // so soon: its images still load
        viewed();
      }
    }, true);
    imagesLoaded().then(() => whenVisible(() => {
      count("rendered", ad.impression_url);
      watch();
    }));
  };

  // The campaign ended since the page was made: an empty frame, and nothing is counted.
  const clear = () => { doc.body.textContent = ""; };

  const fill = (decision) => {
    if (decision.ad_id === null) return clear;
    show(decision);
    return render;
  };

  const fallBack = () => {
    tell("fallback");
    return render;
  };

  decide().then(fill).catch(fallBack).then((finish) => finish());
})();
