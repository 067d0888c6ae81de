// Files: chosen or dropped into a form or the message box, and shown on messages.

import { el, icon, menuButton } from "./dom.js";

const LARGEST = 10 * 1024 * 1024;

/** Say how large a file is. */
export function sizeOf(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  const [number, unit] = bytes < 1000_000 ? [bytes / 1000, "kB"] : [bytes / 1000_000, "MB"];
  return `${number.toLocaleString(undefined, { maximumFractionDigits: 1 })} ${unit}`;
}

/** List the examples as items of a menu; `use(name, content)` gets the one that is chosen. */
export function exampleItems(space, use) {
  return space.examples.map(({ name, note }) => ({
    label: name,
    note,
    run: async () => use(name, await (await fetch(`/examples/${encodeURIComponent(name)}`)).blob()),
  }));
}

/** Let files be dropped onto a node; `use(name, content)` gets each. */
export function dropZone(node, use) {
  const isFile = (event) => event.dataTransfer?.types.includes("Files");
  node.addEventListener("dragover", (event) => {
    if (!isFile(event)) return;
    event.preventDefault();
    node.classList.add("over");
  });
  node.addEventListener("dragleave", () => node.classList.remove("over"));
  node.addEventListener("drop", (event) => {
    if (!isFile(event)) return;
    event.preventDefault();
    node.classList.remove("over");
    for (const file of event.dataTransfer.files) use(file.name, file);
  });
}

/** Show an input for files; what is chosen is uploaded at once, as in Slack. */
export function fileInput(block, place, id, described) {
  const one = block.element;
  const chosen = Object.values(place.files ?? {}).filter((file) => idsOf(block, place).includes(file.id));
  const isFull = chosen.length >= (one.max_files || 10);
  const kinds = one.filetypes ?? [];
  const picker = el("input", {
    type: "file",
    id,
    class: "visually-hidden",
    accept: kinds.map((kind) => `.${kind}`).join(",") || null,
    multiple: (one.max_files || 10) > 1,
    disabled: isFull,
    ...described,
    onchange: () => [...picker.files].forEach((file) => use(file.name, file)),
  });
  function use(name, content) {
    const problem = problemOf(name, content, kinds);
    place.inputs.get(block.block_id).complain(problem);
    if (!problem) place.upload(block.block_id, name, content);
  }
  const zone = el(
    "div",
    { class: "drop", hidden: isFull },
    picker,
    el("label", { class: "button", for: id }, "Choose a file"),
    menuButton({ class: "button", "data-action": `${id}-examples` }, "Try an example", () =>
      exampleItems(place.space, use),
    ),
    el("span", { class: "drop-hint" }, "or drop it here"),
  );
  dropZone(zone, use);
  const list = chosen.map((file) => chosenFile(file, block, place));
  return {
    node: el("div", {}, el("ul", { class: "chosen-files", hidden: !list.length }, list), zone),
    focusable: isFull ? list[0].querySelector("button") : picker,
    read: () => chosen.map((file) => file.id),
    problem: () => "",
  };
}

function idsOf(block, place) {
  const found = place.values?.find(
    ([name, action]) => name === block.block_id && action === block.element.action_id,
  );
  return found?.[2] ?? [];
}

function problemOf(name, content, kinds) {
  const kind = name.includes(".") ? name.split(".").at(-1).toLowerCase() : "";
  if (kinds.length && !kinds.includes(kind))
    return `${name} isn't a file of the right kind (${kinds.join(", ")}).`;
  if (content.size > LARGEST) return `${name} is larger than 10 MB.`;
  return content.size ? "" : `${name} is empty.`;
}

function chosenFile(file, block, place) {
  return el(
    "li",
    { class: "file-card" },
    about(file),
    el(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": `Remove ${file.name}`,
        onclick: () => place.act({ act: "detach", block_id: block.block_id, file: file.id }),
      },
      icon("close"),
    ),
  );
}

/** Show a file that is about to be sent; `remove()` takes it out again. */
export function draftFile(name, content, remove) {
  return el(
    "div",
    { class: "file-card" },
    about({ name, size: content.size, kind: "" }),
    el(
      "button",
      { type: "button", class: "icon-button", "aria-label": `Remove ${name}`, onclick: remove },
      icon("close"),
    ),
  );
}

/** Show a file of a message, to be downloaded. */
export function fileCard(file, space) {
  if (file.is_deleted) return el("div", { class: "block file-card" }, el("p", {}, "This file was deleted."));
  return el(
    "div",
    { class: "block file-card" },
    about(file),
    el(
      "a",
      {
        class: "button",
        href: `/files/${file.id}?person=${encodeURIComponent(space.me)}`,
        download: file.name,
        "aria-label": `Download ${file.name}`,
      },
      "Download",
    ),
  );
}

function about(file) {
  return [
    el("span", { class: "file-icon", "aria-hidden": "true" }, icon("file")),
    el(
      "span",
      { class: "file-about" },
      el("b", {}, file.name),
      el("small", {}, [file.kind, sizeOf(file.size)].filter(Boolean).join(" · ")),
    ),
  ];
}
