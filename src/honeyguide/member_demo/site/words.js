// The page's own words and the ways of writing numbers and dates. What the program says (titles, reasons, names) comes from the API,
// in the language that `Accept-Language` asks for. Plural forms are those of Unicode CLDR: Arabic has six.

const LANGUAGES = ["en", "de", "ar"];
const KEPT = "honeyguide-language";

let words = {};
let texts = "en";
let plurals = new Intl.PluralRules("en");
export let language = "en";

/** The language chosen on this page before, else the browser's, else English. */
export function wishedLanguage() {
  const wishes = [localStorage.getItem(KEPT), ...navigator.languages].filter(Boolean).map((tag) => tag.split("-")[0]);
  return wishes.find((tag) => LANGUAGES.includes(tag)) ?? "en";
}

/** In which language the program's own texts come, as answers say: one of its own, for it may lack the page's. */
export function learnTexts(tag) {
  if (tag) texts = tag;
}

export function textsLanguage() {
  return texts;
}

export function nameOfLanguage(tag) {
  return new Intl.DisplayNames(language, { type: "language" }).of(tag);
}

/** Speak another language from now on: the texts of the page, and its direction. */
export async function speak(next) {
  words = await (await fetch(`/member/demo/words/${next}.json`)).json();
  language = next;
  plurals = new Intl.PluralRules(next);
  localStorage.setItem(KEPT, next);
  document.documentElement.lang = next;
  document.documentElement.dir = next === "ar" ? "rtl" : "ltr";
  for (const place of document.querySelectorAll("[data-word]")) place.textContent = say(place.dataset.word);
}

/** A text with its values. `n` chooses among plural forms; each value keeps its own direction of reading inside the sentence. */
export function say(key, values = {}) {
  const text = typeof words[key] === "object" ? words[key][plurals.select(values.n)] ?? words[key].other : words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => (name === "n" ? number(values.n) : isolated(values[name])));
}

function isolated(text) {
  return `\u2068${text}\u2069`; // first strong isolate ... pop
}

/** A Decimal as it came, as a string: it never becomes a binary fraction, and keeps its decimals. */
export function number(value, options = {}) {
  const decimals = (String(value).split(".")[1] ?? "").length;
  return new Intl.NumberFormat(language, { minimumFractionDigits: decimals, maximumFractionDigits: decimals, ...options }).format(value);
}

/** "116 points"; `sign` writes a plus, too. */
export function amount(value, unit, { sign = false } = {}) {
  return `${number(value, sign ? { signDisplay: "exceptZero" } : {})} ${unit.name}`;
}

export function money({ amount: value, currency }) {
  return new Intl.NumberFormat(language, { style: "currency", currency }).format(value);
}

/** A day of the calendar (YYYY-MM-DD), which is the same day wherever it is read. */
export function day(date) {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${date}T12:00:00Z`));
}

export function dayOf(moment) {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(new Date(moment));
}

export function timeOf(moment) {
  return new Intl.DateTimeFormat(language, { timeStyle: "short" }).format(new Date(moment));
}

/** Day and time; the year where it is another one. */
export function momentOf(moment) {
  const date = new Date(moment);
  const year = date.getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" };
  return new Intl.DateTimeFormat(language, { ...year, month: "short", day: "numeric", hour: "numeric", minute: "2-digit" }).format(date);
}
