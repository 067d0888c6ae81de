// Behind the scenes: the local Kore.ai and its faults, the bot's process, what went over the wire.

import { busy } from "./blocks.js";
import { el, icon, keyed } from "./dom.js";

const TABS = { kore: "Kore.ai", traffic: "Traffic", log: "Log" };
const STATES = { running: "The bot runs", starting: "The bot is starting…", stopped: "The bot is dead" };
const ABOUT_CONTACTS = new Set(["accepted_and_lost", "added_in_part"]);

/** Build the panel; `act(what)` carries something out. Returns {show(space), open(isOpen), isOpen()}. */
export function backstage(act) {
  const panel = document.getElementById("panel");
  const toggle = document.getElementById("open-panel");
  let space = null;

  const tabs = Object.entries(TABS).map(([name, label], index) =>
    el(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${name}`,
        "aria-controls": `pane-${name}`,
        "aria-selected": index ? "false" : "true",
        tabindex: index ? "-1" : "0",
        onclick: () => choose(name),
        onkeydown: (event) => step(event, index),
      },
      label,
    ),
  );
  const panes = {
    kore: el("div", { role: "tabpanel", id: "pane-kore", "aria-labelledby": "tab-kore" }),
    traffic: el("div", {
      role: "tabpanel",
      id: "pane-traffic",
      "aria-labelledby": "tab-traffic",
      hidden: true,
    }),
    log: el("div", { role: "tabpanel", id: "pane-log", "aria-labelledby": "tab-log", hidden: true }),
  };
  const bot = botCard(act);
  const limit = limitCard();
  const faults = faultsCard(act);
  const files = filesCard(act);
  const lists = listsCard();
  const traffic = trafficList();
  const log = el("pre", { class: "log", tabindex: "0", role: "region", "aria-label": "The bot’s log" });
  panes.kore.append(bot.node, limit.node, faults.node, files.node, lists.node);
  panes.traffic.append(
    el(
      "p",
      { class: "pane-note" },
      "Every request between Slack, the bot and Kore.ai, newest first. Secrets are shown as dots.",
    ),
    traffic.node,
  );
  panes.log.append(
    el("p", { class: "pane-note" }, "What the bot writes to standard error since its last start."),
    log,
  );
  panel.append(
    el(
      "header",
      {},
      el("h2", {}, "Backstage"),
      el(
        "button",
        { type: "button", class: "icon-button", "aria-label": "Close backstage", onclick: () => open(false) },
        icon("close"),
      ),
    ),
    el("div", { class: "tabs", role: "tablist", "aria-label": "Backstage" }, tabs),
    el(
      "div",
      { class: "panes", tabindex: "0", role: "region", "aria-label": "Backstage content" },
      Object.values(panes),
    ),
  );
  toggle.append(icon("panel"), el("span", { class: "wide-label" }, "Backstage"));
  toggle.addEventListener("click", () => open(panel.hidden));
  panel.addEventListener("keydown", (event) => event.key === "Escape" && open(false));
  setInterval(() => space && limit.show(space.kore), 1000);

  function choose(name) {
    for (const tab of tabs) {
      const is = tab.id === `tab-${name}`;
      tab.setAttribute("aria-selected", String(is));
      tab.tabIndex = is ? 0 : -1;
    }
    for (const [one, pane] of Object.entries(panes)) pane.hidden = one !== name;
    if (name === "log") log.scrollIntoView({ block: "end" });
  }

  function step(event, index) {
    const to = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = tabs.at(to % tabs.length);
    next.focus();
    next.click();
  }

  function open(isOpen) {
    panel.hidden = !isOpen;
    toggle.setAttribute("aria-expanded", String(isOpen));
    document.body.classList.toggle("panel-open", isOpen);
    localStorage.setItem("panel", isOpen ? "open" : "closed");
    if (!isOpen) toggle.focus();
  }

  function show(newSpace) {
    space = newSpace;
    bot.show(space.bot);
    limit.show(space.kore);
    faults.show(space.kore);
    files.show(space);
    lists.show(space.kore.lists);
    traffic.show(space.traffic);
    log.textContent = space.bot.log.map(readable).join("\n");
    toggle.classList.toggle("trouble", space.bot.state !== "running");
  }

  return { show, open };
}

function card(title, ...children) {
  return el("section", { class: "card" }, el("h3", {}, title), children);
}

function botCard(act) {
  const state = el("p", { class: "bot-state", role: "status" });
  const kill = el(
    "button",
    { type: "button", class: "button danger", onclick: () => busy(kill, () => act({ act: "kill" })) },
    "Kill it with kill -9",
  );
  const start = el(
    "button",
    { type: "button", class: "button primary", onclick: () => busy(start, () => act({ act: "start" })) },
    "Start it",
  );
  const node = card(
    "The bot",
    state,
    el(
      "p",
      { class: "pane-note" },
      "Kill it whenever you like, also while a list is being created. Start it again: nothing is lost, nothing is created twice.",
    ),
    el("div", { class: "actions" }, kill, start),
  );
  function show(bot) {
    state.className = `bot-state ${bot.state}`;
    state.textContent = `${STATES[bot.state]}${bot.process_id ? `, process ${bot.process_id}` : ""}`;
    if (!kill.classList.contains("busy")) kill.disabled = bot.state === "stopped";
    if (!start.classList.contains("busy")) start.disabled = bot.state !== "stopped";
  }
  return { node, show };
}

function limitCard() {
  const text = el("p", { id: "limit-text" });
  const meter = el("meter", { min: "0", "aria-labelledby": "limit-text" });
  function show(kore) {
    const count = kore.called_at.filter((at) => at > Date.now() / 1000 - 60).length;
    text.textContent = `${count} of ${kore.rate_per_minute} calls in the last minute`;
    meter.max = kore.rate_per_minute;
    meter.value = count;
  }
  return { node: card("Calls to Kore.ai", text, meter), show };
}

function faultsCard(act) {
  const fault = el("select", { class: "select", id: "fault" });
  const operation = el("select", { class: "select", id: "fault-operation" });
  const times = el("input", {
    class: "text",
    id: "fault-times",
    type: "number",
    min: "1",
    max: "20",
    value: "1",
  });
  fault.addEventListener("change", () => {
    if (ABOUT_CONTACTS.has(fault.value)) operation.value = "add_contacts";
  });
  const waiting = el("ul", { class: "waiting" });
  const clear = el(
    "button",
    { type: "button", class: "button", onclick: () => act({ act: "clear_faults" }) },
    "Clear",
  );
  const form = el(
    "form",
    {
      onsubmit: (event) => {
        event.preventDefault();
        act({ act: "fault", name: fault.value, operation: operation.value, times: Number(times.value) || 1 });
      },
    },
    el("div", {}, el("label", { class: "label", for: "fault" }, "What goes wrong"), fault),
    el(
      "div",
      { class: "side-by-side" },
      el("div", {}, el("label", { class: "label", for: "fault-operation" }, "Which calls"), operation),
      el("div", {}, el("label", { class: "label", for: "fault-times" }, "How many"), times),
    ),
    el("div", { class: "actions" }, el("button", { type: "submit", class: "button" }, "Switch the fault on")),
  );
  const none = el("p", { class: "pane-note" }, "No fault waits: Kore.ai answers as it should.");
  const some = el(
    "div",
    {},
    el("p", { class: "label" }, "Waiting for their call"),
    waiting,
    el("div", { class: "actions" }, clear),
  );
  function show(kore) {
    if (!fault.options.length) {
      fault.append(
        ...choices(kore.plain_faults),
        el("optgroup", { label: "By what is sent" }, choices(kore.faults)),
      );
      operation.append(...kore.operations.map((name) => el("option", { value: name }, name)));
    }
    waiting.replaceChildren(
      ...kore.waiting.map((one) =>
        el("li", {}, kore.plain_faults[one.name] ?? kore.faults[one.name], el("small", {}, ` on ${one.operation}`)),
      ),
    );
    none.hidden = kore.waiting.length > 0;
    some.hidden = kore.waiting.length === 0;
  }
  return { node: card("Faults of Kore.ai", none, some, form), show };
}

function filesCard(act) {
  const trap = el("select", {
    class: "select",
    id: "file-trap",
    onchange: () => act({ act: "file_trap", name: trap.value }),
  });
  function show(space) {
    if (!trap.options.length)
      trap.append(
        el("option", { value: "" }, "Nothing – the bot can read them"),
        ...choices(space.file_traps),
      );
    trap.value = space.file_trap;
  }
  const label = el("label", { class: "label", for: "file-trap" }, "What is wrong with them");
  return { node: card("Files in Slack", el("div", {}, label, trap)), show };
}

function choices(faults) {
  return Object.entries(faults).map(([name, text]) => el("option", { value: name }, text));
}

function contacts(one) {
  return one.contacts === 1 ? "1 contact" : `${one.contacts.toLocaleString()} contacts`;
}

function listsCard() {
  const list = el("ul", { class: "lists" });
  const title = el("p", { class: "pane-note" });
  function show(lists) {
    title.textContent = lists.length ? "" : "None yet. Type /contactlist and a name.";
    title.hidden = lists.length > 0;
    keyed(
      list,
      lists.toReversed(),
      (one) => one.id,
      (one) =>
        el(
          "li",
          {},
          el("b", {}, one.name),
          el("p", {}, one.description),
          el("p", { class: "mono" }, one.id),
          el(
            "p",
            { class: "pane-note" },
            `Duplicates ${one.allow_duplicates ? "allowed" : "not allowed"} · ${contacts(one)} · created ${new Date(one.created_at).toLocaleTimeString()}`,
          ),
        ),
    );
  }
  return { node: card("Contact lists there", title, list), show };
}

function trafficList() {
  const list = el("ol", { class: "traffic" });
  function build(row) {
    const details = el(
      "details",
      { class: row.is_fine ? "" : "not-fine" },
      el(
        "summary",
        {},
        el("span", { class: "way" }, `${new Date(row.at * 1000).toLocaleTimeString()} · ${row.from} → ${row.to}`),
        el("b", {}, row.what),
        el("span", { class: "status" }, row.status || "no answer"),
        el(
          "small",
          {},
          [row.how, row.milliseconds === null ? "" : `${row.milliseconds} ms`, row.note]
            .filter(Boolean)
            .join(" · "),
        ),
      ),
    );
    details.addEventListener("toggle", () => details.open && fill(details, row.id), { once: true });
    return el("li", { class: `to-${row.to === "Kore.ai" ? "kore" : row.to.toLowerCase()}` }, details);
  }
  async function fill(details, id) {
    const answer = await (await fetch(`/traffic/${id}`)).json();
    for (const [title, body] of [
      ["Request", answer.request],
      ["Answer", answer.answer],
    ]) {
      details.append(
        el("h4", {}, title),
        el(
          "pre",
          { tabindex: "0", role: "region", "aria-label": title },
          typeof body === "string" ? body || "(empty)" : JSON.stringify(body, null, 2),
        ),
      );
    }
  }
  return { node: list, show: (rows) => keyed(list, rows.toReversed(), (row) => row.id, build) };
}

function readable(line) {
  try {
    const { event, level, timestamp, ...rest } = JSON.parse(line);
    const facts = Object.entries(rest).map(
      ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
    );
    return [String(timestamp || "").slice(11, 19), level, event, ...facts].filter(Boolean).join("  ");
  } catch {
    return line;
  }
}
