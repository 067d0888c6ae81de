// The form over everything else: the topmost view of a person's stack, in one dialog.

import { busy, renderBlocks } from "./blocks.js";
import { el, icon } from "./dom.js";
import { keepTyped, readAll } from "./inputs.js";
import { textObject } from "./text.js";

const REQUIRED = "Please complete this required field.";

/** Make the dialog; `act(what)` carries something out, `upload(where, name, content)` takes a file.
 * Returns `show(snapshot)`. */
export function modalDialog(act, upload) {
  const dialog = el("dialog", { id: "modal", "aria-labelledby": "modal-title" });
  document.body.append(dialog);
  let shown = null; // {id, signature, inputs, returnTo, all}
  const below = new Map(); // what was typed into a view that another lies over, by the view's id

  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    if (shown) close();
  });
  dialog.addEventListener("keydown", keepFocusInside);

  function show(space) {
    const view = space.views.at(-1);
    if (!view) {
      hide();
      return;
    }
    const signature = JSON.stringify([view, space.views.length, space.me]);
    if (shown?.signature === signature) return;
    const same = shown?.id === view.id;
    if (shown && !same) below.set(shown.id, readAll(shown.inputs));
    const typed = same ? readAll(shown.inputs) : below.get(view.id) || new Map();
    const focused = same
      ? [...shown.inputs].find(([, one]) => one.node.contains(document.activeElement))?.[0]
      : null;
    const pressed = same ? footerButtons().indexOf(document.activeElement) : -1;
    build(view, space, typed, signature);
    focusOn(view, focused, same, pressed);
  }

  function hide() {
    if (!shown) return;
    const { returnTo } = shown;
    shown = null;
    below.clear();
    dialog.close();
    dialog.replaceChildren();
    returnTo?.focus?.();
  }

  function build(view, space, typed, signature) {
    const returnTo = shown?.returnTo ?? document.activeElement;
    const inputs = new Map();
    const place = {
      space,
      inputs,
      values: keepTyped(view, typed),
      errors: view.errors,
      conversations: view.conversations,
      files: view.files,
      upload: (name, ...file) => upload({ view: view.id, block_id: name }, ...file),
      act: (what) =>
        act({
          ...what,
          view: view.id,
          values: Object.fromEntries([...inputs].map(([name, one]) => [name, one.read()])),
        }),
      submit: view.submit ? submit : null,
    };
    const button =
      view.submit &&
      el("button", { type: "submit", class: "button primary" }, textObject(view.submit, space));
    const form = el(
      "form",
      {
        novalidate: true,
        onsubmit: (event) => {
          event.preventDefault();
          submit();
        },
      },
      el(
        "header",
        {},
        el("span", { class: "app-icon", "aria-hidden": "true" }, "📇"),
        el("h1", { id: "modal-title", tabindex: "-1" }, textObject(view.title, space)),
        el(
          "button",
          { type: "button", class: "icon-button", "aria-label": "Close", onclick: closeAll },
          icon("close"),
        ),
      ),
      el(
        "div",
        { class: "modal-body" },
        view.alert && el("p", { class: "alert", role: "alert" }, "⚠️ ", view.alert),
        renderBlocks(view.blocks, place),
      ),
      el(
        "footer",
        { class: "dialog-buttons" },
        el(
          "button",
          { type: "button", class: "button", onclick: close },
          view.close ? textObject(view.close, space) : "Cancel",
        ),
        button,
      ),
    );
    let sending = false;
    async function submit() {
      if (sending || !view.submit || !isComplete(inputs)) return;
      sending = true;
      await busy(button, () => place.act({ act: "submit" }));
      sending = false;
    }
    shown = { id: view.id, signature, inputs, returnTo, all: space.views.map((one) => one.id) };
    dialog.replaceChildren(form);
    if (!dialog.open) dialog.showModal();
  }

  function isComplete(inputs) {
    let first = null;
    for (const one of inputs.values()) {
      const value = one.read();
      const empty = value === null || value.length === 0;
      const problem = empty && !one.optional ? REQUIRED : one.problem();
      one.complain(problem);
      if (problem && !first) first = one;
    }
    first?.focusable.focus();
    return !first;
  }

  function footerButtons() {
    return [...dialog.querySelectorAll("footer button")];
  }

  function focusOn(view, focused, same, pressed) {
    const wrong = Object.keys(view.errors)[0];
    const first =
      view.blocks.find((block) => block.element?.focus_on_load)?.block_id ?? [...shown.inputs.keys()][0];
    const name = wrong ?? (same ? focused : first);
    const target = shown.inputs.get(name)?.focusable ?? footerButtons()[pressed];
    (target || dialog.querySelector("#modal-title")).focus();
  }

  function close() {
    return act({ act: "close", view: shown.id });
  }

  async function closeAll() {
    for (const id of shown.all.toReversed()) await act({ act: "close", view: id });
  }

  function keepFocusInside(event) {
    if (event.key !== "Tab") return;
    const stops = [...dialog.querySelectorAll("button, input, select, textarea, a[href]")].filter(
      (one) => !one.disabled && !one.closest("[hidden]"),
    );
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    if (document.activeElement === edge || (!stops.includes(document.activeElement) && event.shiftKey)) {
      event.preventDefault();
      (event.shiftKey ? stops.at(-1) : stops[0]).focus();
    }
  }

  return { show, hide };
}
