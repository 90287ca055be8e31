/* Publishers' loader: <ins class="adplatform" data-src="…" data-width="300" data-height="250">.
   Call adplatform.scan() after adding more of them; each gets adplatform:… events. */
(() => {
  "use strict";
  const SANDBOX = "allow-scripts allow-popups allow-popups-to-escape-sandbox " +
    "allow-top-navigation-by-user-activation";
  const api = (window.adplatform = window.adplatform || {});
  if (api.scan) return api.scan();

  const size = (text, otherwise) => (/^\d{1,4}$/.test(text || "") ? text : otherwise);

  const fill = (slot) => {
    const src = slot.getAttribute("data-src") || "";
    if (slot.firstElementChild || !/^https?:\/\//i.test(src)) return;
    const frame = document.createElement("iframe");
    const attributes = {
      sandbox: SANDBOX, loading: "lazy", referrerpolicy: "origin", scrolling: "no",
      title: slot.getAttribute("data-title") || "Advertisement",
      width: size(slot.getAttribute("data-width"), "300"),
      height: size(slot.getAttribute("data-height"), "250"),
      src,
    };
    Object.keys(attributes).forEach((name) => frame.setAttribute(name, attributes[name]));
    frame.style.border = "0";
    slot.appendChild(frame);
  };

  api.scan = (root) => (root || document).querySelectorAll("ins.adplatform").forEach(fill);

  addEventListener("message", (event) => {
    const type = event.data && event.data.type;
    if (!/^adplatform:(rendered|viewable|fallback)$/.test(type)) return;
    document.querySelectorAll("ins.adplatform > iframe").forEach((frame) => {
      if (frame.contentWindow !== event.source) return;
      const detail = { ad_id: event.data.ad_id };
      frame.parentNode.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
    });
  });

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", () => api.scan());
  } else api.scan();
})();
