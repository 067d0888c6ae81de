// The workspace: sidebar, channel header, messages, the app's tabs.

import { renderBlocks } from "./blocks.js";
import { el, icon, isNew, keyed, menuButton } from "./dom.js";
import { fileCard } from "./files.js";
import { mrkdwn, near } from "./text.js";

const INTRO = {
  public: (channel) => `You’re looking at the very beginning of the #${channel.name} channel.`,
  private: (channel) =>
    `You’re looking at the very beginning of the private channel ${channel.name}. The bot is not in it.`,
  im: (channel) => `This conversation is just between ${channel.name} and you.`,
  app: (channel) =>
    `This is the very beginning of your messages from ${channel.name}. Only you can see them.`,
};

/** Show the list of channels; `unread(channel)` counts what this person has not seen. */
export function showSidebar(space, open, unread) {
  const nav = document.getElementById("sidebar");
  const channels = space.channels.map((one) => [one.id, one.name, unread(one)]);
  if (!isNew(nav, [space.me, open.id, channels])) return;
  const focused = nav.contains(document.activeElement) ? document.activeElement.dataset.channel : null;
  const group = (title, kinds) => {
    const entries = space.channels
      .filter((one) => kinds.includes(one.kind))
      .map((one) => el("li", {}, entry(one)));
    return entries.length ? [el("h2", {}, title), el("ul", {}, entries)] : [];
  };
  function entry(channel) {
    const count = unread(channel);
    const mark = {
      public: () => icon("hash"),
      private: () => icon("lock"),
      im: () => avatar(channel.name, "tiny"),
      app: () => el("span", { class: "app-icon tiny", "aria-hidden": "true" }, "📇"),
    }[channel.kind]();
    return el(
      "a",
      {
        href: `#${space.me}/${channel.id}`,
        "data-channel": channel.id,
        class: count ? "unread" : "",
        "aria-current": channel.id === open.id ? "page" : null,
      },
      mark,
      el("span", { class: "name" }, channel.name),
      count > 0 && el("span", { class: "badge" }, count, el("span", { class: "visually-hidden" }, " unread")),
    );
  }
  nav.replaceChildren(
    el("p", { class: "workspace-name" }, "Sandbox"),
    ...group("Channels", ["public", "private"]),
    ...group("Direct messages", ["im"]),
    ...group("Apps", ["app"]),
  );
  if (focused) nav.querySelector(`[data-channel="${focused}"]`)?.focus();
}

/** Show the name and the members of a channel. */
export function showHeader(channel) {
  if (!isNew(document.getElementById("channel-header"), [channel.id, channel.has_bot, channel.members]))
    return;
  const mark = {
    public: () => icon("hash"),
    private: () => icon("lock"),
    im: () => avatar(channel.name, "small"),
    app: () => el("span", { class: "app-icon", "aria-hidden": "true" }, "📇"),
  }[channel.kind]();
  const about = channel.kind === "public" || channel.kind === "private";
  document.getElementById("channel-header").replaceChildren(
    el("h1", {}, mark, channel.name),
    ...(about
      ? [
          el(
            "span",
            {
              class: "members",
              title: channel.has_bot ? "Contact Lists is a member" : "Contact Lists is not a member",
            },
            icon("people"),
            channel.members,
            el("span", { class: "visually-hidden" }, " members"),
          ),
        ]
      : []),
  );
}

/** Keep the newest message in sight, whatever changes its size, until somebody scrolls away from it. */
export function stayAtNewest() {
  const scroller = document.getElementById("scroller");
  const toNewest = () => "newest" in scroller.dataset && scroller.scrollTo(0, scroller.scrollHeight);
  scroller.addEventListener("scroll", () => {
    const below = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    scroller.toggleAttribute("data-newest", below < 60);
  });
  const watch = new ResizeObserver(toNewest);
  watch.observe(scroller);
  watch.observe(document.getElementById("messages"));
}

/** Show the messages of a channel; one's own, or one for oneself alone, always comes into sight. */
export function showMessages(space, channel, act) {
  const scroller = document.getElementById("scroller");
  const list = document.getElementById("messages");
  const newest = channel.messages.at(-1);
  const isMine = newest && (newest.author === space.me || newest.ephemeral);
  const isOther = list.dataset.place !== `${space.me}/${channel.id}`;
  const isFresh = isMine && list.dataset.newest !== newest.ts;
  list.dataset.place = `${space.me}/${channel.id}`;
  list.dataset.newest = newest?.ts ?? "";
  document.getElementById("intro").replaceChildren(el("p", {}, INTRO[channel.kind](channel)));
  const shown = new Set(channel.messages.map((one) => one.ts));
  const roots = channel.messages.filter((one) => !shown.has(one.thread));
  const entries = roots.map((message, index) => ({
    message,
    ...joined(roots[index - 1], message),
    replies: channel.messages.filter((one) => one.thread === message.ts),
    names: space.channels.map((one) => one.name),
    me: space.me,
  }));
  keyed(
    list,
    entries,
    (entry) => entry.message.ts,
    (entry) => messageNode(space, channel, entry, act),
  );
  if (isOther || isFresh) scroller.toggleAttribute("data-newest", true);
  if ("newest" in scroller.dataset) scroller.scrollTo(0, scroller.scrollHeight);
}

function joined(last, message) {
  const day = (one) => new Date(Number(one.ts) * 1000).toDateString();
  const isNewDay = !last || day(last) !== day(message);
  const follows =
    !isNewDay &&
    last.author === message.author &&
    !last.ephemeral &&
    !message.ephemeral &&
    Number(message.ts) - Number(last.ts) < 300;
  return { isNewDay, follows };
}

function messageNode(space, channel, { message, isNewDay, follows, replies = [] }, act) {
  const isBot = message.author === space.bot_user;
  const author = message.author === "USLACKBOT" ? "Slackbot" : space.names[message.author];
  const when = new Date(Number(message.ts) * 1000);
  const time = when.toLocaleTimeString(undefined, { hour: "numeric", minute: "2-digit" });
  const place = {
    space,
    values: message.values,
    act: (what) => act({ ...what, channel: channel.id, ts: message.ts }),
  };
  const body = message.blocks.length
    ? renderBlocks(message.blocks, place)
    : message.text && [
        el(
          "div",
          { class: "block" },
          message.plain ? mrkdwnOff(message.text, space) : mrkdwn(message.text, space),
        ),
      ];
  return el(
    "li",
    { class: `entry${follows ? " follows" : ""}` },
    isNewDay && el("p", { class: "day" }, el("span", {}, dayName(when))),
    el(
      "article",
      { class: `message${message.ephemeral ? " ephemeral" : ""}`, "aria-label": `${author}, ${time}` },
      message.ephemeral && el("p", { class: "only-you" }, icon("eye"), "Only visible to you"),
      follows
        ? el("time", { class: "gutter", datetime: when.toISOString() }, time)
        : isBot
          ? el("span", { class: "app-icon avatar", "aria-hidden": "true" }, "📇")
          : avatar(author, "avatar"),
      el(
        "div",
        { class: "message-body" },
        !follows &&
          el(
            "p",
            { class: "author" },
            el("b", {}, author),
            (isBot || author === "Slackbot") && el("span", { class: "app-badge" }, "APP"),
            el("time", { datetime: when.toISOString(), title: when.toLocaleString() }, time),
          ),
        body,
        message.edited && el("span", { class: "edited" }, "(edited)"),
        message.files.map((file) => fileCard(file, space)),
        replies.length > 0 && thread(space, channel, replies, act),
      ),
      !message.ephemeral && space.message_shortcuts.length > 0 && messageMenu(space, place),
    ),
  );
}

function thread(space, channel, replies, act) {
  const count = replies.length === 1 ? "1 reply" : `${replies.length} replies`;
  return el(
    "section",
    { class: "thread", "aria-label": `Thread, ${count}` },
    el("p", { class: "thread-count" }, count),
    el(
      "ol",
      {},
      replies.map((message) => messageNode(space, channel, { message }, act)),
    ),
  );
}

function messageMenu(space, place) {
  const items = () =>
    space.message_shortcuts.map((one) => ({
      label: one.name,
      note: "Contact Lists",
      run: () => place.act({ act: "message_shortcut", callback_id: one.callback_id }),
    }));
  const label = { class: "icon-button", "aria-label": "Message actions", "data-action": "message-menu" };
  return el("div", { class: "message-menu" }, menuButton(label, icon("dots"), items));
}

function mrkdwnOff(text, space) {
  return mrkdwn(text.replace(/[*_~`:]/g, "$&\u2060"), space, { bare: false });
}

function dayName(date) {
  const name = near(date);
  return name
    ? name[0].toUpperCase() + name.slice(1)
    : date.toLocaleDateString(undefined, { weekday: "long", month: "long", day: "numeric" });
}

/** Draw initials on a colour of their own. */
export function avatar(name, size) {
  const initials = name
    .split(/[ ,]+/)
    .map((word) => word[0])
    .slice(0, 2)
    .join("");
  const colour = [...name].reduce((sum, sign) => sum + sign.charCodeAt(0), 0) % 6;
  return el("span", { class: `avatar-tile ${size} colour-${colour}`, "aria-hidden": "true" }, initials);
}
