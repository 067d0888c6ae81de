// Block Kit: every block that a message, a form or a home may hold. What is unknown says that it is.

import { el, icon, menuButton } from "./dom.js";
import { richElement, textObject, unrendered } from "./text.js";

let ids = 0;

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
      return el("div", { class: "block context" }, block.elements.map((one) => contextElement(one, space)));
    case "actions":
      return el("div", { class: "block actions" }, block.elements.map((one) => element(one, block, place)));
    case "rich_text":
      return el("div", { class: "block rich-text" }, block.elements.map((one) => richText(one, space)));
    case "image":
      return figure(block, space);
    case "input":
      return input(block, place);
    default:
      return el("div", { class: "block" }, unrendered(block.type));
  }
}

function section(block, place) {
  const { space } = place;
  return el("div", { class: "block section" },
    el("div", { class: "section-text" },
      block.text && el("div", {}, textObject(block.text, space)),
      block.fields && el("div", { class: "fields" }, block.fields.map((one) => el("div", {}, textObject(one, space))))),
    block.accessory && el("div", { class: "accessory" }, element(block.accessory, block, place)));
}

function contextElement(one, space) {
  if (one.type === "image") return el("span", { class: "small-image", role: "img", "aria-label": one.alt_text }, "🖼");
  if (one.type === "mrkdwn" || one.type === "plain_text") return el("span", {}, textObject(one, space));
  return unrendered(one.type);
}

function figure(block, space) {
  // Pictures would have to be fetched from outside, which a sandbox does not do.
  return el("figure", { class: "block figure" }, block.title && el("figcaption", {}, textObject(block.title, space)), el("div", { role: "img", "aria-label": block.alt_text }, `🖼 ${block.alt_text}`));
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
      const list = el(part.style === "ordered" ? "ol" : "ul", { start: part.offset ? part.offset + 1 : null, class: `indent-${part.indent || 0}` });
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
    return el("a", { class: kind, href: safe, target: "_blank", rel: "noopener noreferrer", "aria-label": label, onclick: pressed }, textObject(one.text, place.space));
  }
  const node = el("button", { type: "button", class: kind, "aria-label": label, "data-action": one.action_id, onclick: press }, textObject(one.text, place.space));
  async function press() {
    if (one.confirm && !(await confirmed(one.confirm, place.space))) return;
    await busy(node, () => place.act({ act: "press", action_id: one.action_id, block_id: block.block_id }));
  }
  return node;
}

function overflow(one, block, place) {
  const items = () => one.options.map((option) => ({ label: textObject(option.text, place.space), note: option.description && textObject(option.description, place.space), run: () => run(option) }));
  async function run(option) {
    if (one.confirm && !(await confirmed(one.confirm, place.space))) return;
    if (/^https?:/i.test(option.url || "")) window.open(option.url, "_blank", "noopener");
    await place.act({ act: "choose", action_id: one.action_id, block_id: block.block_id, value: option.value });
  }
  return menuButton({ class: "button overflow", "aria-label": "More actions", "data-action": one.action_id }, icon("dots"), items);
}

function menuSelect(one, block, place, { label }) {
  const chosen = valueOf(one, block, place) ?? "";
  const empty = chosen === "" ? [el("option", { value: "" }, one.placeholder?.text || "Choose an option")] : [];
  const options = one.options.map((option) => el("option", { value: option.value, selected: option.value === chosen }, option.text.text));
  const select = el("select", { class: "select", "aria-label": label, "data-action": one.action_id, onchange: choose }, [...empty, ...options]);
  async function choose() {
    if (!select.value) return;
    if (one.confirm && !(await confirmed(one.confirm, place.space))) select.value = chosen;
    else await place.act({ act: "choose", action_id: one.action_id, block_id: block.block_id, value: select.value });
  }
  return select;
}

const INPUTS = { plain_text_input: textInput, checkboxes: (...all) => ticks("checkbox", ...all), radio_buttons: (...all) => ticks("radio", ...all), static_select: selectInput, conversations_select: conversationInput };

function input(block, place) {
  const { space } = place;
  const one = block.element;
  const id = `input-${++ids}`;
  const error = place.errors?.[block.block_id];
  const describedby = [block.hint && `${id}-hint`, `${id}-error`].filter(Boolean).join(" ");
  const label = [textObject(block.label, space), block.optional && el("span", { class: "optional" }, " (optional)")];
  const build = INPUTS[one.type];
  if (!build) return el("div", { class: "block input" }, el("div", { class: "label" }, label), unrendered(one.type));
  const described = { "aria-describedby": describedby, "aria-invalid": error ? "true" : null };
  const field = build(block, place, id, described);
  const grouped = one.type === "checkboxes" || one.type === "radio_buttons";
  const node = grouped
    ? el("fieldset", { class: "block input", "aria-describedby": describedby }, el("legend", { class: "label" }, label), field.node)
    : el("div", { class: "block input" }, el("label", { class: "label", for: id }, label), field.node);
  const wrong = el("p", { class: "field-error", id: `${id}-error`, role: "alert" }, error || null);
  node.append(wrong, ...(block.hint ? [el("p", { class: "hint", id: `${id}-hint` }, textObject(block.hint, space))] : []));
  if (error) node.classList.add("wrong");
  place.inputs?.set(block.block_id, {
    ...field,
    action_id: one.action_id,
    optional: Boolean(block.optional),
    complain(sentence) {
      wrong.textContent = sentence;
      node.classList.toggle("wrong", Boolean(sentence));
      field.focusable.setAttribute("aria-invalid", sentence ? "true" : "false");
    },
  });
  return node;
}

function textInput(block, place, id, described) {
  const one = block.element;
  const limit = one.max_length || 3000;
  const node = el(one.multiline ? "textarea" : "input", { id, class: "text", ...described, placeholder: one.placeholder?.text, rows: one.multiline ? 4 : null, type: one.multiline ? null : "text", autocomplete: "off", value: valueOf(one, block, place) ?? "" });
  const counter = el("span", { class: "counter", "aria-hidden": "true" });
  const count = () => {
    const left = limit - node.value.length;
    counter.textContent = one.max_length ? String(left) : "";
    counter.classList.toggle("over", left < 0);
  };
  node.addEventListener("input", count);
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    if (block.dispatch_action && !one.multiline) {
      event.preventDefault();
      place.act({ act: "enter", block_id: block.block_id, value: node.value });
    } else if ((!one.multiline || event.ctrlKey || event.metaKey) && place.submit) {
      event.preventDefault();
      place.submit();
    }
  });
  count();
  return {
    node: el("div", { class: "text-place" }, node, counter),
    focusable: node,
    read: () => node.value || null,
    problem() {
      if (node.value.length > limit) return `Please shorten this to ${limit} characters or fewer.`;
      if (node.value && node.value.length < (one.min_length || 0)) return `Please use at least ${one.min_length} characters.`;
      return "";
    },
  };
}

function ticks(type, block, place, id) {
  const one = block.element;
  const chosen = [valueOf(one, block, place) ?? []].flat();
  const boxes = one.options.map((option, number) => {
    const box = el("input", { type, name: id, id: `${id}-${number}`, value: option.value, checked: chosen.includes(option.value) });
    const note = option.description && el("small", {}, textObject(option.description, place.space));
    return { box, node: el("label", { class: "tick" }, box, el("span", {}, textObject(option.text, place.space), note)) };
  });
  const ticked = () => boxes.map(({ box }) => box).filter((box) => box.checked).map((box) => box.value);
  return { node: el("div", {}, boxes.map((one) => one.node)), focusable: boxes[0].box, read: () => (type === "radio" ? ticked()[0] ?? null : ticked()), problem: () => "" };
}

function selectInput(block, place, id, described) {
  const one = block.element;
  const choices = one.options.map((option) => [option.value, option.text.text]);
  return select(block, place, id, described, choices, one.placeholder?.text || "Choose an option");
}

function conversationInput(block, place, id, described) {
  const offered = place.conversations?.[block.block_id] || [];
  const marks = { public: "# ", private: "🔒 " };
  const channels = offered.map((name) => place.space.channels.find((one) => one.id === name)).filter(Boolean);
  const choices = channels.map((one) => [one.id, `${marks[one.kind] || ""}${one.name}`]);
  return select(block, place, id, described, choices, block.element.placeholder?.text || "Select a conversation");
}

function select(block, place, id, described, choices, placeholder) {
  const chosen = valueOf(block.element, block, place) ?? "";
  const node = el("select", { id, class: "select", ...described },
    el("option", { value: "" }, placeholder), choices.map(([value, label]) => el("option", { value, selected: value === chosen }, label)));
  return { node, focusable: node, read: () => node.value || null, problem: () => "" };
}

function valueOf(one, block, place) {
  return place.values?.find(([name, action]) => name === block.block_id && action === one.action_id)?.[2];
}

/** Keep a button from being pressed twice while the bot has not answered. */
export async function busy(node, work) {
  node.disabled = true;
  node.classList.add("busy");
  try {
    await work();
  } finally {
    node.disabled = false;
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
    const dialog = el("dialog", { class: "confirm", "aria-label": asked.title.text, oncancel: () => end(false) },
      el("h2", {}, textObject(asked.title, space)), el("div", {}, textObject(asked.text, space)),
      el("div", { class: "dialog-buttons" },
        el("button", { type: "button", class: "button", onclick: () => end(false) }, textObject(asked.deny, space)),
        el("button", { type: "button", class: `button ${asked.style || "primary"}`, onclick: () => end(true) }, textObject(asked.confirm, space))));
    document.body.append(dialog);
    dialog.showModal();
  });
}
