/* The template page: each component shows only the limits that its kind has, and Tab indents. */
(() => {
  "use strict";
  const LIMITS = {
    text: ["max_length", "allowed_values", "pattern"],
    html: ["max_length"],
    url: ["hosts"],
    image: ["hosts"],
    color: ["allowed_values"],
    length: ["min_value", "max_value", "units"],
    keyword: ["allowed_values"],
  };
  const ALL = [...new Set(Object.values(LIMITS).flat())];

  const show = (select) => {
    const prefix = select.name.replace(/-kind$/, "");
    const wanted = LIMITS[select.value] || ALL;
    for (const name of ALL) {
      const input = document.getElementById(`id_${prefix}-${name}`);
      const box = input && input.closest(`.field-${name}`);
      if (box) box.style.display = wanted.includes(name) || input.value ? "" : "none";
    }
  };

  const isKind = (element) =>
    element instanceof HTMLSelectElement && /^components-(\d+|__prefix__)-kind$/.test(element.name);

  const showAll = (root) => root.querySelectorAll("select").forEach((each) => {
    if (isKind(each)) show(each);
  });

  const indent = (event) => {
    if (event.key !== "Tab" || event.shiftKey || event.target.id !== "id_source") return;
    event.preventDefault();
    event.target.setRangeText("  ", event.target.selectionStart, event.target.selectionEnd, "end");
  };

  document.addEventListener("change", (event) => isKind(event.target) && show(event.target));
  document.addEventListener("formset:added", (event) => showAll(event.target));
  document.addEventListener("keydown", indent);
  document.addEventListener("DOMContentLoaded", () => showAll(document));
})();
