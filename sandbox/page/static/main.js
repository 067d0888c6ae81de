// The page: one person's look at the workspace, live. State comes from the server; what is open is in the address.

import { renderBlocks } from "./blocks.js";
import { composer } from "./composer.js";
import { el, icon, isNew, keepFocus, notice } from "./dom.js";
import { keepTyped, readAll } from "./inputs.js";
import { modalDialog } from "./modal.js";
import { backstage } from "./panel.js";
import { showHeader, showMessages, showSidebar, stayAtNewest } from "./workspace.js";

const FIRST = ["U0LEAD", "C0CAMPAIGN"];
const THEMES = { auto: "as the system", light: "light", dark: "dark" };
const seen = new Map();
let space = null;
let stream = null;
let tab = "home";
let homeShown = null; // {id, inputs}

const modal = modalDialog(act, upload);
const box = composer(act, upload);
const panel = backstage(act);
document.getElementById("composer-place").append(box.node);

/** Carry something out as this person, and tell them what comes back. */
async function act(what) {
  await send("/act", "application/json", JSON.stringify({ ...what, person: here()[0] }));
}

/** Take a file into a form ({view, block_id}) or a message ({channel, text}). */
async function upload(where, name, content) {
  const query = new URLSearchParams({ ...where, name, person: here()[0] });
  await send(`/files?${query}`, "application/octet-stream", content);
}

async function send(address, type, body) {
  try {
    const response = await fetch(address, { method: "POST", headers: { "Content-Type": type }, body });
    const answer = response.ok ? (await response.json()).said : await response.text();
    if (answer) notice(answer);
  } catch {
    notice("The sandbox doesn't answer.");
  }
}

function here() {
  const [person, channel] = location.hash.slice(1).split("/");
  return [person || FIRST[0], channel || FIRST[1]];
}

function connect() {
  stream?.close();
  space = null;
  delete document.body.dataset.ready;
  modal.hide();
  stream = new EventSource(`/events?person=${encodeURIComponent(here()[0])}`);
  stream.onmessage = (event) => {
    document.getElementById("away").hidden = true;
    const isFirst = space === null;
    space = JSON.parse(event.data);
    if (isFirst) visitHome();
    render();
  };
  stream.onerror = () => {
    document.getElementById("away").hidden = false;
  };
}

function render() {
  const channel = space.channels.find((one) => one.id === here()[1]) || space.channels[0];
  const isHome = channel.kind === "app" && tab === "home";
  document.title = `${channel.name} · Sandbox workspace`;
  if (!isHome) seen.set(`${space.me}/${channel.id}`, channel.messages.length);
  showSidebar(space, channel, unread);
  showHeader(channel);
  showTabs(channel);
  if (isHome) showHome();
  else showMessages(space, channel, act);
  showComposer(channel);
  panel.show(space);
  showPeople();
  modal.show(space);
  document.body.dataset.ready = "true";
}

function unread(channel) {
  const name = `${space.me}/${channel.id}`;
  if (!seen.has(name)) seen.set(name, channel.messages.length);
  const fresh = channel.messages.slice(seen.get(name)).filter((one) => one.author !== space.me);
  return fresh.length;
}

function showTabs(channel) {
  const tabs = document.getElementById("tabs");
  const isApp = channel.kind === "app";
  const isHome = isApp && tab === "home";
  tabs.hidden = !isApp;
  document.getElementById("home").hidden = !isHome;
  document.getElementById("scroller").hidden = isHome;
  if (!isApp) return;
  const count = unread(channel);
  if (!isNew(tabs, [space.me, tab, count])) return;
  const names = {
    home: ["Home"],
    messages: ["Messages", count > 0 && el("span", { class: "badge" }, count)],
  };
  const focused = tabs.contains(document.activeElement);
  tabs.replaceChildren(
    ...Object.entries(names).map(([name, label]) =>
      el(
        "button",
        {
          type: "button",
          role: "tab",
          id: `app-${name}`,
          "aria-selected": String(name === tab),
          "aria-controls": name === "home" ? "home" : "scroller",
          tabindex: name === tab ? "0" : "-1",
          onclick: () => chooseTab(name),
          onkeydown: (event) =>
            ["ArrowLeft", "ArrowRight"].includes(event.key) &&
            chooseTab(tab === "home" ? "messages" : "home"),
        },
        label,
      ),
    ),
  );
  if (focused) tabs.querySelector("[aria-selected=true]").focus();
}

/** Let the app know that somebody looks at its Home, if that is what is open. */
function visitHome() {
  const channel = space.channels.find((one) => one.id === here()[1]);
  if (channel?.kind === "app" && tab === "home") act({ act: "home" });
}

function chooseTab(name) {
  tab = name;
  if (name === "home") act({ act: "home" });
  render();
}

function showHome() {
  const node = document.getElementById("home");
  if (!isNew(node, [space.home, space.me, space.channels.length])) return;
  const { home } = space;
  const typed = homeShown && homeShown.id === home?.id ? readAll(homeShown.inputs) : new Map();
  homeShown = null;
  if (!home) {
    node.replaceChildren(
      el(
        "div",
        { class: "empty" },
        el("p", { class: "big", "aria-hidden": "true" }, "📇"),
        el("h2", {}, "Nothing here yet"),
        el("p", {}, "The app has published no Home for you. Type /contactlist in a channel."),
      ),
    );
    return;
  }
  const putBack = keepFocus(node);
  const inputs = new Map();
  const values = () => Object.fromEntries([...inputs].map(([name, one]) => [name, one.read()]));
  const place = {
    space,
    inputs,
    values: keepTyped(home, typed),
    errors: {},
    conversations: home.conversations,
    act: (what) => act({ ...what, view: home.id, values: values() }),
  };
  node.replaceChildren(el("div", { class: "home-blocks" }, renderBlocks(home.blocks, place)));
  homeShown = { id: home.id, inputs };
  putBack(node);
}

function showComposer(channel) {
  const isApp = channel.kind === "app";
  document.getElementById("composer-place").hidden = isApp && tab === "home";
  box.node.hidden = isApp;
  document.getElementById("skip").hidden = isApp;
  let closed = document.getElementById("read-only");
  if (isApp && tab === "messages" && !closed) {
    closed = el(
      "p",
      { id: "read-only", class: "read-only" },
      "Sending messages to this app has been turned off.",
    );
    document.getElementById("composer-place").append(closed);
  } else if (closed && !(isApp && tab === "messages")) closed.remove();
  if (!isApp) box.show(space, channel);
}

function showPeople() {
  const select = document.getElementById("person");
  if (isNew(select, space.people)) {
    select.replaceChildren(
      ...space.people.map((one) =>
        el("option", { value: one.id }, `${one.real_name}${one.may_use ? "" : " (not allowed)"}`),
      ),
    );
  }
  select.value = space.me;
}

function showTheme() {
  const chosen = localStorage.getItem("theme") || "auto";
  document.documentElement.dataset.theme = chosen;
  const button = document.getElementById("theme");
  button.setAttribute("aria-label", `Colours: ${THEMES[chosen]}. Change`);
  button.title = `Colours: ${THEMES[chosen]}`;
}

function setUp() {
  const sidebar = document.getElementById("open-sidebar");
  const openSidebar = (isOpen) => {
    document.body.classList.toggle("sidebar-open", isOpen);
    sidebar.setAttribute("aria-expanded", String(isOpen));
  };
  sidebar.append(icon("menu"));
  sidebar.addEventListener("click", () => openSidebar(!document.body.classList.contains("sidebar-open")));
  document
    .getElementById("sidebar")
    .addEventListener("click", (event) => event.target.closest("a") && openSidebar(false));
  document.getElementById("content").addEventListener("click", () => openSidebar(false));
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    box.focus();
  });
  document.getElementById("theme").append(icon("theme"));
  document.getElementById("theme").addEventListener("click", () => {
    const names = Object.keys(THEMES);
    const next = names[(names.indexOf(localStorage.getItem("theme") || "auto") + 1) % names.length];
    localStorage.setItem("theme", next);
    showTheme();
  });
  document.getElementById("person").addEventListener("change", (event) => {
    location.hash = `${event.target.value}/${FIRST[1]}`;
  });
  addEventListener("hashchange", () => {
    if (space?.me !== here()[0]) connect();
    else {
      visitHome();
      render();
    }
  });
  showTheme();
  stayAtNewest();
  const stored = localStorage.getItem("panel");
  if (stored === "open" || (!stored && innerWidth >= 1200)) panel.open(true);
}

setUp();
connect();
