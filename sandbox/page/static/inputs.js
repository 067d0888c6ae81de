// The inputs of a form: texts with their limits, ticks, menus, conversations, files.

import { el } from "./dom.js";
import { fileInput } from "./files.js";
import { textObject, unrendered } from "./text.js";

let ids = 0;

const INPUTS = {
  plain_text_input: textInput,
  checkboxes: (...all) => ticks("checkbox", ...all),
  radio_buttons: (...all) => ticks("radio", ...all),
  static_select: selectInput,
  conversations_select: conversationInput,
  file_input: fileInput,
};

/** Show an input block; it puts itself into `place.inputs`, with how to read it and to complain about it. */
export function input(block, place) {
  const { space } = place;
  const one = block.element;
  const id = `input-${++ids}`;
  const error = place.errors?.[block.block_id];
  const describedby = [block.hint && `${id}-hint`, `${id}-error`].filter(Boolean).join(" ");
  const label = [
    textObject(block.label, space),
    block.optional && el("span", { class: "optional" }, " (optional)"),
  ];
  const build = INPUTS[one.type];
  if (!build)
    return el("div", { class: "block input" }, el("div", { class: "label" }, label), unrendered(one.type));
  const described = { "aria-describedby": describedby, "aria-invalid": error ? "true" : null };
  const field = build(block, place, id, described);
  const grouped = one.type === "checkboxes" || one.type === "radio_buttons";
  const node = grouped
    ? el(
        "fieldset",
        { class: "block input", "aria-describedby": describedby },
        el("legend", { class: "label" }, label),
        field.node,
      )
    : el("div", { class: "block input" }, el("label", { class: "label", for: id }, label), field.node);
  const wrong = el("p", { class: "field-error", id: `${id}-error`, role: "alert" }, error || null);
  node.append(
    wrong,
    ...(block.hint ? [el("p", { class: "hint", id: `${id}-hint` }, textObject(block.hint, space))] : []),
  );
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
  const node = el(one.multiline ? "textarea" : "input", {
    id,
    class: "text",
    ...described,
    placeholder: one.placeholder?.text,
    rows: one.multiline ? 4 : null,
    type: one.multiline ? null : "text",
    autocomplete: "off",
    value: valueOf(one, block, place) ?? "",
    "data-action": one.action_id,
  });
  const counter = el("span", { class: "counter", "aria-hidden": "true" });
  const excess = el("span", { class: "visually-hidden", role: "status" });
  const count = () => {
    const left = limit - node.value.length;
    counter.textContent = one.max_length ? String(left) : "";
    counter.classList.toggle("over", left < 0);
    excess.textContent = left < 0 ? `${-left} too many characters` : "";
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
    node: el("div", { class: "text-place" }, node, counter, excess),
    focusable: node,
    read: () => node.value || null,
    problem() {
      if (node.value.length > limit) return `Please shorten this to ${limit} characters or fewer.`;
      if (node.value && node.value.length < (one.min_length || 0))
        return `Please use at least ${one.min_length} characters.`;
      return "";
    },
  };
}

function ticks(type, block, place, id) {
  const one = block.element;
  const chosen = [valueOf(one, block, place) ?? []].flat();
  const boxes = one.options.map((option, number) => {
    const box = el("input", {
      type,
      name: id,
      id: `${id}-${number}`,
      value: option.value,
      checked: chosen.includes(option.value),
    });
    const note = option.description && el("small", {}, textObject(option.description, place.space));
    return {
      box,
      node: el("label", { class: "tick" }, box, el("span", {}, textObject(option.text, place.space), note)),
    };
  });
  const ticked = () =>
    boxes
      .map(({ box }) => box)
      .filter((box) => box.checked)
      .map((box) => box.value);
  return {
    node: el(
      "div",
      {},
      boxes.map((one) => one.node),
    ),
    focusable: boxes[0].box,
    read: () => (type === "radio" ? (ticked()[0] ?? null) : ticked()),
    problem: () => "",
  };
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
  return select(
    block,
    place,
    id,
    described,
    choices,
    block.element.placeholder?.text || "Select a conversation",
  );
}

function select(block, place, id, described, choices, placeholder) {
  const chosen = valueOf(block.element, block, place) ?? "";
  const node = el(
    "select",
    { id, class: "select", ...described },
    el("option", { value: "" }, placeholder),
    choices.map(([value, label]) => el("option", { value, selected: value === chosen }, label)),
  );
  return { node, focusable: node, read: () => node.value || null, problem: () => "" };
}

/** Say what an element holds by what the server knows. */
export function valueOf(one, block, place) {
  return place.values?.find(([name, action]) => name === block.block_id && action === one.action_id)?.[2];
}

/** Read what stands in the inputs now, by block_id and action_id. */
export function readAll(inputs) {
  return new Map([...inputs].map(([name, one]) => [`${name}/${one.action_id}`, one.read()]));
}

/** Give a view's values; what was typed stays in inputs that are still there. Which files there are, the server knows. */
export function keepTyped(view, typed) {
  const kept = new Set(
    view.blocks.filter((block) => block.element?.type !== "file_input").map((block) => block.block_id),
  );
  return view.values.map(([block, action, value]) => {
    const key = `${block}/${action}`;
    return [block, action, kept.has(block) && typed.has(key) ? typed.get(key) : value];
  });
}
