// Text as Slack shows it: mrkdwn, rich text elements, emoji, dates in the reader's own zone.

import { el } from "./dom.js";

const EMOJI = {
  white_check_mark: "✅",
  heavy_check_mark: "✔️",
  x: "❌",
  warning: "⚠️",
  tada: "🎉",
  eyes: "👀",
  wave: "👋",
  rocket: "🚀",
  "+1": "👍",
  thumbsup: "👍",
  "-1": "👎",
  thumbsdown: "👎",
  pray: "🙏",
  fire: "🔥",
  heart: "❤️",
  smile: "😄",
  slightly_smiling_face: "🙂",
  joy: "😂",
  thinking_face: "🤔",
  hourglass: "⌛",
  hourglass_flowing_sand: "⏳",
  lock: "🔒",
  bell: "🔔",
  telephone_receiver: "📞",
  phone: "☎️",
  clipboard: "📋",
  card_index: "📇",
  memo: "📝",
  mag: "🔍",
  link: "🔗",
  calendar: "📆",
  bulb: "💡",
  sparkles: "✨",
  information_source: "ℹ️",
  question: "❓",
  exclamation: "❗",
  arrow_right: "➡️",
  point_right: "👉",
  raised_hands: "🙌",
  clap: "👏",
  page_facing_up: "📄",
  bar_chart: "📊",
  wastebasket: "🗑️",
  pencil2: "✏️",
  repeat: "🔁",
  no_entry: "⛔",
  robot_face: "🤖",
  zap: "⚡",
};
const SAFE_LINK = /^(https?:|mailto:)/i;
const MARK = new RegExp(
  [
    /```([\s\S]+?)```/, // 1 preformatted
    /`([^`\n]+)`/, // 2 code
    /<([^<>\n]+)>/, // 3 control sequence
    /(?<![\w*])\*(?![\s*])([^\n*]+?)(?<!\s)\*(?![\w*])/, // 4 bold
    /(?<![\w_])_(?![\s_])([^\n_]+?)(?<!\s)_(?![\w_])/, // 5 italic
    /(?<![\w~])~(?![\s~])([^\n~]+?)(?<!\s)~(?![\w~])/, // 6 strike
    /:([a-z0-9_+'-]+):/, // 7 emoji
    /(https?:\/\/[^\s<>|]+)/, // 8 bare address
  ]
    .map((one) => one.source)
    .join("|"),
  "g",
);

/** Undo Slack's three entities. */
export const unescaped = (text) =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** Show a text object, `plain_text` or `mrkdwn`. */
export function textObject(object, space) {
  if (!object) return [];
  if (object.type === "mrkdwn") return mrkdwn(object.text, space, { bare: !object.verbatim });
  return object.emoji === false ? lines(object.text) : lines(object.text, emojis);
}

/** Show mrkdwn; `bare` says whether addresses without <> are links. */
export function mrkdwn(text, space, { bare = true } = {}) {
  const nodes = [];
  let quoted = [];
  const flush = () => {
    if (quoted.length) nodes.push(el("blockquote", {}, inline(quoted.join("\n"), space, bare)));
    quoted = [];
  };
  const parts = text.includes("```") ? [text] : text.split("\n");
  parts.forEach((line, index) => {
    const quote = /^(?:>|&gt;) ?(.*)$/s.exec(line);
    if (quote) {
      quoted.push(quote[1]);
      return;
    }
    if (quoted.length) flush();
    else if (index) nodes.push(el("br"));
    nodes.push(...inline(line, space, bare));
  });
  flush();
  return nodes;
}

/** Show text without any formatting, line by line. */
export function lines(text, show = (line) => [line]) {
  return text.split("\n").flatMap((line, index) => (index ? [el("br"), ...show(line)] : show(line)));
}

/** Show one element of a rich text block; what is unknown says so. */
export function richElement(element, space) {
  switch (element.type) {
    case "text":
      return styled(lines(element.text), element.style);
    case "link":
      return styled([link(element.url, element.text || element.url)], element.style);
    case "user":
      return styled(
        [mention(`@${space.names[element.user_id] || element.user_id}`, element.user_id === space.me)],
        element.style,
      );
    case "channel":
      return styled([channelMention(element.channel_id, space)], element.style);
    case "usergroup":
      return styled([mention(`@${element.usergroup_id}`)], element.style);
    case "broadcast":
      return styled([mention(`@${element.range}`, true)], element.style);
    case "emoji":
      return [emoji(element.name)];
    case "date":
      return styled([moment(element.timestamp, element.format, element.fallback)], element.style);
    default:
      return [unrendered(element.type)];
  }
}

/** Say that there is something that this page cannot show. */
export function unrendered(type) {
  return el("span", { class: "unrendered" }, `not rendered: ${type}`);
}

/** Write a moment as Slack does, in the reader's zone. */
export function moment(epoch, format, fallback) {
  const date = new Date(epoch * 1000);
  if (Number.isNaN(date.getTime())) return el("span", {}, fallback || "");
  const shown = format.replace(/\{(\w+)\}/g, (whole, name) => (DATES[name] ? DATES[name](date) : whole));
  return el("time", { datetime: date.toISOString(), title: date.toLocaleString() }, shown);
}

const say = (date, options) => date.toLocaleDateString(undefined, options);
const DATES = {
  date_num: (date) => date.toISOString().slice(0, 10),
  date: (date) => say(date, { year: "numeric", month: "long", day: "numeric" }),
  date_short: (date) => say(date, { year: "numeric", month: "short", day: "numeric" }),
  date_long: (date) => say(date, { weekday: "long", year: "numeric", month: "long", day: "numeric" }),
  date_pretty: (date) => near(date) || DATES.date(date),
  date_short_pretty: (date) => near(date) || DATES.date_short(date),
  date_long_pretty: (date) => near(date) || DATES.date_long(date),
  time: (date) => date.toLocaleTimeString(undefined, { hour: "numeric", minute: "2-digit" }),
  time_secs: (date) =>
    date.toLocaleTimeString(undefined, { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  ago: (date) => ago(date),
};

/** Name yesterday, today and tomorrow; nothing for other days. */
export function near(date) {
  const day = (one) => new Date(one.getFullYear(), one.getMonth(), one.getDate()).getTime();
  return (
    { "-1": "yesterday", 0: "today", 1: "tomorrow" }[Math.round((day(date) - day(new Date())) / 86400000)] ||
    ""
  );
}

function ago(date) {
  const minutes = Math.round((Date.now() - date.getTime()) / 60000);
  return minutes < 1 ? "just now" : minutes < 60 ? `${minutes} min ago` : `${Math.round(minutes / 60)} h ago`;
}

function inline(text, space, bare) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(MARK)) {
    const found = marked(match, space, bare);
    if (found === null) continue;
    nodes.push(...lines(unescaped(text.slice(from, match.index))), found);
    from = match.index + match[0].length;
  }
  return [...nodes, ...lines(unescaped(text.slice(from)))].filter((node) => node !== "");
}

function marked(match, space, bare) {
  const [, block, code, control, bold, italic, strike, name, address] = match;
  if (block !== undefined) return el("pre", {}, unescaped(block).replace(/^\n/, ""));
  if (code !== undefined) return el("code", {}, unescaped(code));
  if (control !== undefined) return controlled(control, space);
  if (bold !== undefined) return el("b", {}, inline(bold, space, bare));
  if (italic !== undefined) return el("i", {}, inline(italic, space, bare));
  if (strike !== undefined) return el("s", {}, inline(strike, space, bare));
  if (name !== undefined) return EMOJI[name] ? emoji(name) : null;
  return bare && address !== undefined ? link(unescaped(address), unescaped(address)) : null;
}

function controlled(inner, space) {
  const [target, label = ""] = inner.split(/\|(.*)/s);
  const shown = unescaped(label);
  if (target.startsWith("@"))
    return mention(
      `@${space.names[target.slice(1)] || shown || target.slice(1)}`,
      target.slice(1) === space.me,
    );
  if (target.startsWith("#")) return channelMention(target.slice(1), space, shown);
  if (target.startsWith("!date^")) {
    const [, epoch, format, url] = target.split("^");
    const when = moment(Number(epoch), format || "{date}", shown);
    return url ? link(url, when) : when;
  }
  if (target.startsWith("!subteam^")) return mention(shown || "@group");
  if (target.startsWith("!")) return mention(`@${target.slice(1).split("^")[0]}`, true);
  return link(unescaped(target), shown || unescaped(target));
}

function styled(nodes, style = {}) {
  const tags = { bold: "b", italic: "i", strike: "s", underline: "u", code: "code" };
  return Object.keys(tags)
    .filter((name) => style[name])
    .reduce((inner, name) => [el(tags[name], {}, inner)], nodes);
}

function link(url, label) {
  if (!SAFE_LINK.test(url)) return el("span", {}, label);
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}

function mention(text, isMe = false) {
  return el("span", { class: isMe ? "mention me" : "mention" }, text);
}

function channelMention(id, space, label) {
  const channel = space.channels.find((one) => one.id === id);
  const name = channel
    ? channel.kind === "im" || channel.kind === "app"
      ? channel.name
      : `${channel.kind === "private" ? "🔒" : "#"}${channel.name}`
    : `#${label || "private channel"}`;
  if (!channel) return mention(name);
  return el("a", { class: "mention", href: `#${space.me}/${id}` }, name);
}

function emojis(line) {
  return line
    .split(/(:[a-z0-9_+'-]+:)/)
    .map((part) => (EMOJI[part.slice(1, -1)] && part.startsWith(":") ? emoji(part.slice(1, -1)) : part));
}

function emoji(name) {
  return EMOJI[name]
    ? el(
        "span",
        { class: "emoji", title: `:${name}:`, role: "img", "aria-label": name.replaceAll("_", " ") },
        EMOJI[name],
      )
    : el("span", {}, `:${name}:`);
}
