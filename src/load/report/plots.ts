/** Plots as SVG of its own: no script, no library, nothing from a network. */
import { escaped } from './escaped.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}
export interface Axes {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** Each tenfold is as wide as the next. */
  readonly logX?: boolean;
  /** Dots in place of lines. */
  readonly dots?: boolean;
}

const [width, height] = [640, 300];
const edge = { left: 56, right: 12, top: 12, bottom: 40 };
const ticks = 4;

export function plot(lines: readonly Line[], axes: Axes): string {
  const all = lines.flatMap(({ points }) => points);
  if (all.length === 0) return '';
  const { left, right, top, bottom } = edge;
  const spanX = spanOf(
    all.map(({ x }) => x),
    axes.logX === true,
  );
  const highest = largest(
    all.map(({ y }) => y),
    Number.MIN_VALUE,
  );
  const atX = (x: number) => left + spanX.share(x) * (width - left - right);
  const atY = (y: number) => height - bottom - (y / highest) * (height - top - bottom);
  const drawn = lines.map(({ points }, index) => {
    const places = points.map(({ x, y }) => [atX(x).toFixed(1), atY(y).toFixed(1)] as const);
    if (axes.dots === true) {
      return places.map(([x, y]) => `<circle class="s${index % 6}" cx="${x}" cy="${y}" r="2"/>`).join('');
    }
    return `<polyline class="s${index % 6}" points="${places.map((place) => place.join(',')).join(' ')}"/>`;
  });
  const marks = Array.from({ length: ticks + 1 }, (_, index) => index / ticks);
  const labels = marks.flatMap((share) => [
    `<text class="end" x="${left - 6}" y="${atY(share * highest) + 4}">${short(share * highest)}</text>`,
    `<line class="grid" x1="${left}" x2="${width - right}" y1="${atY(share * highest)}" y2="${atY(share * highest)}"/>`,
    `<text class="mid" x="${left + share * (width - left - right)}" y="${height - bottom + 16}">${short(spanX.at(share))}</text>`,
  ]);
  const names =
    lines.length < 2
      ? ''
      : `<p class="key">${lines.map(({ name }, index) => `<span class="k${index % 6}">${escaped(name)}</span>`).join(' ')}</p>`;
  return figure(
    axes.title,
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(axes.title)}">${labels.join('')}${drawn.join('')}` +
      `<text class="mid" x="${width / 2}" y="${height - 6}">${escaped(axes.x)}</text>` +
      `<text x="4" y="${top + 4}">${escaped(axes.y)}</text></svg>${names}`,
  );
}

export interface Bar {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Bars below each other, such as the parts of a set-up. */
export function bars(title: string, all: readonly Bar[], unit: string): string {
  if (all.length === 0) return '';
  const longest = largest(
    all.map(({ to }) => to),
    Number.MIN_VALUE,
  );
  const rows = all.map(({ name, from, to }) => {
    const [left, wide] = [(100 * from) / longest, (100 * (to - from)) / longest];
    return (
      `<div class="bar"><span>${escaped(name)}</span><span class="track"><i style="margin-left:${left.toFixed(1)}%;width:${Math.max(0.3, wide).toFixed(1)}%"></i></span>` +
      `<span class="num">${short(to - from)} ${escaped(unit)}</span></div>`
    );
  });
  return figure(title, rows.join(''));
}

function figure(title: string, inside: string): string {
  return `<figure><figcaption>${escaped(title)}</figcaption>${inside}</figure>`;
}

interface Span {
  /** Where on the axis, from 0 to 1. */
  readonly share: (value: number) => number;
  readonly at: (share: number) => number;
}

/** Smaller values than that have no place on an axis of tenfolds. */
const leastOnLog = 0.1;

function spanOf(values: readonly number[], isLog: boolean): Span {
  const [scale, back] = isLog
    ? [(value: number) => Math.log10(Math.max(leastOnLog, value)), (value: number) => 10 ** value]
    : [(value: number) => value, (value: number) => value];
  const scaled = values.map(scale);
  const least = isLog ? scaled.reduce((so, one) => Math.min(so, one), Infinity) : 0;
  const wide = largest(scaled, least) - least || 1;
  return { share: (value) => (scale(value) - least) / wide, at: (share) => back(least + share * wide) };
}

/** `Math.max(...values)` fails with the calls of a long run: they are too many arguments. */
function largest(values: readonly number[], atLeast: number): number {
  return values.reduce((so, one) => Math.max(so, one), atLeast);
}

function short(value: number): string {
  if (value === 0) return '0';
  return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}
