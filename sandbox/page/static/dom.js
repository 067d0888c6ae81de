// Making elements: text is only ever a text node, so nothing that a person typed becomes HTML.

const PROPERTIES = new Set(["value", "checked", "selected", "disabled", "open", "hidden"]);
const SVG = "http://www.w3.org/2000/svg";

/** Make an element; `on…` are listeners, null and false are left out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  node.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (PROPERTIES.has(name)) node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  return node;
}

const PATHS = {
  hash: ["M8 3 6.5 17", "M13.5 3 12 17", "M3.5 7.5h14", "M2.5 12.5h14"],
  lock: ["M5 9h10v8H5z", "M7 9V6.5a3 3 0 0 1 6 0V9"],
  send: ["M3 10 17 3.5 13 17l-3-5.5z", "M10 11.5 17 3.5"],
  bolt: ["M11 2.5 4.5 11.5h5L8.5 17.5l6.5-9h-5z"],
  close: ["M5 5l10 10", "M15 5 5 15"],
  dots: ["M10 4.5v.01", "M10 10v.01", "M10 15.5v.01"],
  menu: ["M3 5.5h14", "M3 10h14", "M3 14.5h14"],
  file: ["M5 2.5h6.5L15.5 6.5v11H5z", "M11.5 2.5v4h4", "M7.5 10.5h5.5", "M7.5 13.5h5.5"],
  plus: ["M10 4v12", "M4 10h12"],
  warning: ["M10 3 18 17H2z", "M10 8.5v4", "M10 14.8v.01"],
  info: ["M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15z", "M10 9.2v4.6", "M10 6.2v.01"],
  tick: ["M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15z", "M6.5 10.2l2.5 2.5 4.5-5"],
  back: ["M12 4 6 10l6 6"],
  eye: ["M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5z", "M10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4z"],
  theme: ["M10 3a7 7 0 1 0 0 14z", "M10 3a7 7 0 1 1 0 14"],
  panel: ["M3 4h14v12H3z", "M12 4v12"],
  people: [
    "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
    "M2 16.5a5.5 5.5 0 0 1 11 0",
    "M13 4a3 3 0 0 1 0 5.5",
    "M15 12a5.5 5.5 0 0 1 3 4.5",
  ],
};

/** Draw one of the icons; it is decoration, so its button needs a label. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  for (const d of PATHS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

/** Tell whether a node shows something else than `content`, and remember that it will show it now. */
export function isNew(node, content) {
  const signature = JSON.stringify(content);
  const differs = node.signature !== signature;
  node.signature = signature;
  return differs;
}

/** Note where the focus is in a node that is about to be built anew; what comes back puts it there again. */
export function keepFocus(node) {
  const focused = document.activeElement;
  if (!node.contains(focused)) return () => {};
  const action = focused.closest("[data-action]")?.dataset.action;
  const alike = (one) => (action ? [...one.querySelectorAll(`[data-action="${CSS.escape(action)}"]`)] : []);
  const index = alike(node).indexOf(focused);
  return (anew) => {
    const found = alike(anew);
    const target = found[Math.min(index, found.length - 1)];
    if (!target) anew.tabIndex = -1;
    (target ?? anew).focus();
  };
}

/** Bring a parent's children in line with `items`, touching only those whose content changed. */
export function keyed(parent, items, key, build) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    const signature = JSON.stringify(item);
    let node = known.get(name);
    known.delete(name);
    if (!node || node.signature !== signature) {
      const fresh = build(item);
      fresh.dataset.key = name;
      fresh.signature = signature;
      if (node) {
        if (place === node) place = fresh;
        const putBack = keepFocus(node);
        node.replaceWith(fresh);
        putBack(fresh);
      }
      node = fresh;
    }
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
  for (const left of known.values()) left.remove();
}

/** A button that opens a menu; `items` are {label, note, run}. Arrow keys move, Esc closes. */
export function menuButton(attributes, content, items) {
  const menu = el("div", { class: "menu", role: "menu", hidden: true });
  const button = el(
    "button",
    { type: "button", "aria-haspopup": "menu", "aria-expanded": "false", ...attributes, onclick: toggle },
    content,
  );
  const entries = () => [...menu.querySelectorAll("[role=menuitem]")];

  function toggle() {
    if (menu.hidden) open();
    else close();
  }
  function open() {
    menu.replaceChildren(
      ...items().map((item) =>
        el(
          "button",
          {
            type: "button",
            role: "menuitem",
            tabindex: "-1",
            onclick: () => {
              close();
              button.focus();
              item.run();
            },
          },
          el("span", {}, item.label),
          item.note && el("small", {}, item.note),
        ),
      ),
    );
    menu.hidden = false;
    menu.classList.remove("above");
    const room = (menu.closest("#scroller") ?? document.body).getBoundingClientRect();
    menu.classList.toggle("above", menu.getBoundingClientRect().bottom > room.bottom);
    button.setAttribute("aria-expanded", "true");
    entries()[0]?.focus();
    setTimeout(() => document.addEventListener("click", outside));
  }
  function close() {
    menu.hidden = true;
    button.setAttribute("aria-expanded", "false");
    document.removeEventListener("click", outside);
  }
  function outside(event) {
    if (!menu.contains(event.target)) close();
  }
  menu.addEventListener("keydown", (event) => {
    const all = entries();
    const here = all.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) all[(here + step + all.length) % all.length].focus();
    else if (event.key === "Escape" || event.key === "Tab") close();
    if (event.key === "Escape") button.focus();
    if (step || event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
    }
  });
  return el("span", { class: "menu-place" }, button, menu);
}

const place = document.getElementById("notice");
let notices = 0;

/** Say something in the corner, aloud for screen readers too; over an open form, as all else is inert then. */
export function notice(text) {
  const mine = ++notices;
  (document.querySelector("dialog[open]") || document.body).append(place);
  place.replaceChildren(
    el(
      "p",
      {},
      text,
      el(
        "button",
        { type: "button", "aria-label": "Dismiss", onclick: () => place.replaceChildren() },
        icon("close"),
      ),
    ),
  );
  setTimeout(() => mine === notices && place.replaceChildren(), 10000);
}
