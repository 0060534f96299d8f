/** `Retry-After` of a receiver that cannot take a message now (RFC 9110 §10.2.3). */

/** A receiver cannot stop its messages for longer than this in one answer. */
export const longestRetryAfterMs = 3_600_000;

export interface RetryAfterHeaders {
  /** Seconds, or a date. */
  readonly retryAfter: string | undefined;
  /** The receiver's own clock, if it is given: a date has a meaning by that clock only. */
  readonly date: string | undefined;
}

/** How long to wait, counted from the receipt of the answer. Undefined when the header does not say. */
export function retryAfterMs({ retryAfter, date }: RetryAfterHeaders, now: number): number | undefined {
  const text = retryAfter?.trim();
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, longestRetryAfterMs);
  const at = parseHttpDate(text);
  if (at === undefined) return undefined;
  const sentAt = (date === undefined ? undefined : parseHttpDate(date.trim())) ?? now;
  return Math.min(Math.max(0, at - sentAt), longestRetryAfterMs);
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const month = months.join('|');
/** The three date forms of RFC 9110 §5.6.7. `Date.parse` accepts many others, and reads the last form in local time. */
const forms = [
  new RegExp(`^[A-Z][a-z]{2}, (?<day>\\d{2}) (?<month>${month}) (?<year>\\d{4}) (?<time>\\d{2}:\\d{2}:\\d{2}) GMT$`),
  new RegExp(`^[A-Z][a-z]+, (?<day>\\d{2})-(?<month>${month})-(?<year>\\d{2}) (?<time>\\d{2}:\\d{2}:\\d{2}) GMT$`),
  new RegExp(`^[A-Z][a-z]{2} (?<month>${month}) (?<day>[ \\d]\\d) (?<time>\\d{2}:\\d{2}:\\d{2}) (?<year>\\d{4})$`),
];

function parseHttpDate(text: string): number | undefined {
  const parts = forms.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined);
  if (parts === undefined) return undefined;
  const [hours, minutes, seconds] = (parts['time'] ?? '').split(':').map(Number);
  const year = Number(parts['year']);
  const fullYear = year < 70 ? 2000 + year : year < 100 ? 1900 + year : year;
  const monthIndex = months.indexOf(parts['month'] ?? '');
  const at = Date.UTC(fullYear, monthIndex, Number(parts['day']), hours, minutes, seconds);
  return Number.isNaN(at) ? undefined : at;
}
