// The box to type in: messages, slash commands with completion, the shortcuts.

import { el, icon, menuButton } from "./dom.js";
import { draftFile, dropZone, exampleItems } from "./files.js";

/** Make the composer; `act(what)` carries something out, `upload(where, name, content)` sends a file.
 * Returns {node, show(space, channel), focus()}. */
export function composer(act, upload) {
  const drafts = new Map();
  const draftFiles = new Map(); // [name, content], by the place in which it is to be sent
  let space = null;
  let channel = null;
  let offers = [];
  let chosen = 0;

  const list = el("ul", {
    class: "completion",
    role: "listbox",
    id: "completion",
    "aria-label": "Commands and shortcuts",
    hidden: true,
  });
  const box = el("textarea", {
    id: "message",
    rows: 1,
    "aria-haspopup": "listbox",
    "aria-controls": "completion",
    "aria-autocomplete": "list",
    autocomplete: "off",
    spellcheck: "true",
    onkeydown: press,
    oninput: changed,
    onblur: () => setTimeout(hideList, 150),
  });
  const send = el(
    "button",
    { type: "submit", class: "send", "aria-label": "Send", disabled: true },
    icon("send"),
  );
  const shortcuts = menuButton({ class: "icon-button", "aria-label": "Shortcuts" }, icon("bolt"), () =>
    space.shortcuts.map((one) => ({
      label: one.name,
      note: "Contact Lists",
      run: () => act({ act: "shortcut", callback_id: one.callback_id }),
    })),
  );
  const picker = el("input", {
    type: "file",
    hidden: true,
    "aria-label": "File to send",
    onchange: () => {
      if (picker.files.length) attach(picker.files[0].name, picker.files[0]);
      picker.value = "";
    },
  });
  const attaching = menuButton({ class: "icon-button", "aria-label": "Attach a file" }, icon("plus"), () => [
    { label: "Upload from your computer", run: () => picker.click() },
    ...exampleItems(space, attach),
  ]);
  const attached = el("div", { class: "attached", hidden: true });
  const form = el(
    "form",
    {
      class: "composer",
      onsubmit: (event) => {
        event.preventDefault();
        submit();
      },
    },
    list,
    box,
    attached,
    picker,
    el(
      "div",
      { class: "composer-bar" },
      attaching,
      shortcuts,
      el("span", { class: "composer-hint" }, "Type / for commands"),
      send,
    ),
  );

  dropZone(form, attach);

  function attach(name, content) {
    draftFiles.set(channel, [name, content]);
    showFile();
    box.focus();
  }

  function detach() {
    draftFiles.delete(channel);
    showFile();
    box.focus();
  }

  function showFile() {
    const file = draftFiles.get(channel);
    attached.hidden = !file;
    attached.replaceChildren(...(file ? [draftFile(...file, detach)] : []));
    changed();
  }

  function show(newSpace, newChannel) {
    space = newSpace;
    const place = `${space.me}/${newChannel.id}`;
    if (channel === place) return;
    if (channel) drafts.set(channel, box.value);
    channel = place;
    box.value = drafts.get(place) || "";
    box.placeholder = `Message ${newChannel.kind === "im" ? newChannel.name : `#${newChannel.name}`}`;
    box.setAttribute("aria-label", box.placeholder);
    showFile();
    hideList();
  }

  function changed() {
    send.disabled = !box.value.trim() && !draftFiles.has(channel);
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, 160)}px`;
    offers = matches(box.value);
    chosen = 0;
    showList();
  }

  function matches(text) {
    if (!space || !/^\/\S*$/.test(text)) return [];
    const part = text.slice(1).toLowerCase();
    const commands = space.commands
      .filter((one) => one.name.slice(1).startsWith(part))
      .map((one) => ({ label: one.name, usage: one.usage, note: one.description, use: () => complete(one) }));
    const found = space.shortcuts
      .filter((one) => one.name.toLowerCase().includes(part))
      .map((one) => ({ label: one.name, usage: "", note: one.description, use: () => run(one) }));
    return [...commands, ...found];
  }

  function showList() {
    list.hidden = !offers.length;
    list.replaceChildren(
      ...offers.map((one, index) =>
        el(
          "li",
          {
            role: "option",
            id: `offer-${index}`,
            "aria-selected": index === chosen ? "true" : "false",
            onmousedown: (event) => {
              event.preventDefault();
              one.use();
            },
          },
          el("span", { class: "offer-icon", "aria-hidden": "true" }, "📇"),
          el(
            "span",
            {},
            el("b", {}, one.label),
            " ",
            el("span", { class: "usage" }, one.usage),
            el("small", {}, one.note),
          ),
          el("span", { class: "offer-app" }, "Contact Lists"),
        ),
      ),
    );
    if (offers.length) box.setAttribute("aria-activedescendant", `offer-${chosen}`);
    else box.removeAttribute("aria-activedescendant");
  }

  function hideList() {
    offers = [];
    showList();
  }

  function press(event) {
    if (event.isComposing) return;
    if (offers.length && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : -1) + offers.length) % offers.length;
      showList();
    } else if (offers.length && event.key === "Escape") {
      hideList();
    } else if (
      offers.length &&
      (event.key === "Tab" || (event.key === "Enter" && !isWhole())) &&
      !event.shiftKey
    ) {
      event.preventDefault();
      offers[chosen].use();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    }
  }

  function isWhole() {
    return space.commands.some((one) => one.name === box.value) && chosen === 0;
  }

  function complete(command) {
    box.value = `${command.name} `;
    changed();
    box.focus();
  }

  function run(shortcut) {
    clear();
    act({ act: "shortcut", callback_id: shortcut.callback_id });
  }

  function clear() {
    box.value = "";
    changed();
  }

  function submit() {
    const text = box.value;
    const file = draftFiles.get(channel);
    if (!text.trim() && !file) return;
    clear();
    const place = { channel: channel.split("/")[1], text };
    if (!file) {
      act({ act: "type", ...place });
      return;
    }
    detach();
    upload(place, ...file);
  }

  return { node: form, show, focus: () => box.focus() };
}
