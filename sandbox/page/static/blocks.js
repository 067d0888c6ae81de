// Block Kit: every block that a message, a form or a home may hold. What is unknown says that it is.

import { el, icon, menuButton } from "./dom.js";
import { input, valueOf } from "./inputs.js";
import { richElement, textObject, unrendered } from "./text.js";

/**
 * Show a list of blocks.
 *
 * `place` says where they stand: {space, values, errors, conversations, act(what), inputs: Map, submit()}.
 * Inputs of a form put themselves into `place.inputs`, by block_id.
 */
export function renderBlocks(blocks, place) {
  return blocks.map((block) => renderBlock(block, place));
}

function renderBlock(block, place) {
  const { space } = place;
  switch (block.type) {
    case "section":
      return section(block, place);
    case "header":
      return el("h2", { class: "block header-block" }, textObject(block.text, space));
    case "divider":
      return el("hr", { class: "block" });
    case "context":
      return el(
        "div",
        { class: "block context" },
        block.elements.map((one) => contextElement(one, space)),
      );
    case "actions":
      return el(
        "div",
        { class: "block actions" },
        block.elements.map((one) => element(one, block, place)),
      );
    case "rich_text":
      return el(
        "div",
        { class: "block rich-text" },
        block.elements.map((one) => richText(one, space)),
      );
    case "image":
      return figure(block, space);
    case "alert":
      return banner(block, space);
    case "input":
      return input(block, place);
    default:
      return el("div", { class: "block" }, unrendered(block.type));
  }
}

const BANNER_ICONS = { warning: "warning", error: "warning", success: "tick" };

function banner(block, space) {
  const level = block.level ?? "default";
  return el(
    "div",
    { class: `block banner ${level}`, role: "note" },
    icon(BANNER_ICONS[level] ?? "info"),
    el("div", {}, textObject(block.text, space)),
  );
}

function section(block, place) {
  const { space } = place;
  return el(
    "div",
    { class: "block section" },
    el(
      "div",
      { class: "section-text" },
      block.text && el("div", {}, textObject(block.text, space)),
      block.fields &&
        el(
          "div",
          { class: "fields" },
          block.fields.map((one) => el("div", {}, textObject(one, space))),
        ),
    ),
    block.accessory && el("div", { class: "accessory" }, element(block.accessory, block, place)),
  );
}

function contextElement(one, space) {
  if (one.type === "image")
    return el("span", { class: "small-image", role: "img", "aria-label": one.alt_text }, "🖼");
  if (one.type === "mrkdwn" || one.type === "plain_text") return el("span", {}, textObject(one, space));
  return unrendered(one.type);
}

function figure(block, space) {
  // Pictures would have to be fetched from outside, which a sandbox does not do.
  return el(
    "figure",
    { class: "block figure" },
    block.title && el("figcaption", {}, textObject(block.title, space)),
    el("div", { role: "img", "aria-label": block.alt_text }, `🖼 ${block.alt_text}`),
  );
}

function richText(part, space) {
  const inner = (one) => one.elements.flatMap((each) => richElement(each, space));
  switch (part.type) {
    case "rich_text_section":
      return el("div", {}, inner(part));
    case "rich_text_quote":
      return el("blockquote", {}, inner(part));
    case "rich_text_preformatted":
      return el("pre", {}, inner(part));
    case "rich_text_list": {
      const list = el(part.style === "ordered" ? "ol" : "ul", {
        start: part.offset ? part.offset + 1 : null,
        class: `indent-${part.indent || 0}`,
      });
      list.append(...part.elements.map((one) => el("li", {}, inner(one))));
      return list;
    }
    default:
      return el("div", {}, unrendered(part.type));
  }
}

function element(one, block, place) {
  switch (one.type) {
    case "button":
      return button(one, block, place);
    case "overflow":
      return overflow(one, block, place);
    case "static_select":
      return menuSelect(one, block, place, { label: one.placeholder?.text || "Choose" });
    case "image":
      return el("span", { class: "small-image", role: "img", "aria-label": one.alt_text }, "🖼");
    default:
      return unrendered(one.type);
  }
}

function button(one, block, place) {
  const label = one.accessibility_label || null;
  const kind = `button ${one.style || ""}`;
  if (one.url) {
    const pressed = () => place.act({ act: "press", action_id: one.action_id, block_id: block.block_id });
    const safe = /^https?:/i.test(one.url) ? one.url : null;
    return el(
      "a",
      {
        class: kind,
        href: safe,
        target: "_blank",
        rel: "noopener noreferrer",
        "aria-label": label,
        onclick: pressed,
      },
      textObject(one.text, place.space),
    );
  }
  const node = el(
    "button",
    { type: "button", class: kind, "aria-label": label, "data-action": one.action_id, onclick: press },
    textObject(one.text, place.space),
  );
  async function press() {
    if (one.confirm && !(await confirmed(one.confirm, place.space))) return;
    await busy(node, () => place.act({ act: "press", action_id: one.action_id, block_id: block.block_id }));
  }
  return node;
}

function overflow(one, block, place) {
  const items = () =>
    one.options.map((option) => ({
      label: textObject(option.text, place.space),
      note: option.description && textObject(option.description, place.space),
      run: () => run(option),
    }));
  async function run(option) {
    if (one.confirm && !(await confirmed(one.confirm, place.space))) return;
    if (/^https?:/i.test(option.url || "")) window.open(option.url, "_blank", "noopener");
    await place.act({
      act: "choose",
      action_id: one.action_id,
      block_id: block.block_id,
      value: option.value,
    });
  }
  return menuButton(
    { class: "button overflow", "aria-label": "More actions", "data-action": one.action_id },
    icon("dots"),
    items,
  );
}

function menuSelect(one, block, place, { label }) {
  const chosen = valueOf(one, block, place) ?? "";
  const empty =
    chosen === "" ? [el("option", { value: "" }, one.placeholder?.text || "Choose an option")] : [];
  const options = one.options.map((option) =>
    el("option", { value: option.value, selected: option.value === chosen }, option.text.text),
  );
  const select = el(
    "select",
    { class: "select", "aria-label": label, "data-action": one.action_id, onchange: choose },
    [...empty, ...options],
  );
  async function choose() {
    if (!select.value) return;
    if (one.confirm && !(await confirmed(one.confirm, place.space))) select.value = chosen;
    else
      await place.act({
        act: "choose",
        action_id: one.action_id,
        block_id: block.block_id,
        value: select.value,
      });
  }
  return select;
}

/** Keep a button from being pressed twice while the bot has not answered; it keeps the focus. */
export async function busy(node, work) {
  if (node.classList.contains("busy")) return;
  node.setAttribute("aria-disabled", "true");
  node.classList.add("busy");
  try {
    await work();
  } finally {
    node.removeAttribute("aria-disabled");
    node.classList.remove("busy");
  }
}

function confirmed(asked, space) {
  return new Promise((resolve) => {
    const end = (answer) => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    const dialog = el(
      "dialog",
      { class: "confirm", "aria-label": asked.title.text, oncancel: () => end(false) },
      el("h2", {}, textObject(asked.title, space)),
      el("div", {}, textObject(asked.text, space)),
      el(
        "div",
        { class: "dialog-buttons" },
        el(
          "button",
          { type: "button", class: "button", onclick: () => end(false) },
          textObject(asked.deny, space),
        ),
        el(
          "button",
          { type: "button", class: `button ${asked.style || "primary"}`, onclick: () => end(true) },
          textObject(asked.confirm, space),
        ),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}
