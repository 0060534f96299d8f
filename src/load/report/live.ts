/** How a run goes, once a second: redrawn in a terminal, plain lines elsewhere. */
import type { LoadResult } from '../figures/result.ts';
import type { Percentiles } from '../figures/percentiles.ts';
import type { Progress } from '../run/round.ts';
import type { RunListener } from '../run/runScenario.ts';

interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Elsewhere than in a terminal nobody wants a line a second. */
const plainEveryMs = 10_000;

export class Live implements RunListener {
  readonly #screen: Screen;
  #drawn = 0;
  #lastPlainAt = -Infinity;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  preparing(parties: number, of: number): void {
    if (this.#screen.isTTY === true) this.#draw([`Making people: ${parties} of ${of} parties`]);
    else if (parties === of) this.#screen.write(`${parties} parties are connected\n`);
  }

  round(rate: number): void {
    this.#settle();
    this.#screen.write(`Calling: ${rate} calls a second\n`);
  }

  progress(progress: Progress): void {
    if (this.#screen.isTTY === true) {
      this.#draw(linesOf(progress));
      return;
    }
    if (performance.now() - this.#lastPlainAt < plainEveryMs) return;
    this.#lastPlainAt = performance.now();
    this.#screen.write(`${linesOf(progress).join(' | ')}\n`);
  }

  trouble(words: string): void {
    this.#settle();
    this.#screen.write(`${words}\n`);
  }

  ended(result: LoadResult, folder: string): void {
    this.#settle();
    this.#screen.write(`\n${summary(result, folder).join('\n')}\n`);
  }

  #draw(lines: readonly string[]): void {
    const up = this.#drawn > 0 ? `\u001b[${this.#drawn}A` : '';
    this.#screen.write(`${up}${lines.map((line) => `\u001b[2K${line}\n`).join('')}`);
    this.#drawn = lines.length;
  }

  #settle(): void {
    this.#drawn = 0;
  }
}

function linesOf({ figures, underWay, leftMs, newest }: Progress): readonly string[] {
  const { attempted, ok, failed, late, dropped, parts, media, failures } = figures;
  const [cause] = Object.entries(failures);
  const [busiest] = Object.entries(newest?.cpu ?? {}).sort(([, one], [, other]) => other - one);
  return [
    `${Math.ceil(leftMs / 1_000)} s left`,
    `calls over ${attempted}, under way ${underWay}, ok ${ok}, failed ${failed}${cause === undefined ? '' : ` (${cause[0]})`}, late ${late}, dropped ${dropped}`,
    `set-up ${times(parts.setup)}`,
    `lost ${media === null ? '–' : `${media.lossPercent.toFixed(2)} %`}, on the way ${times(media?.latencyMs ?? null)}`,
    `busiest: ${busiest === undefined ? 'no process is watched' : `${busiest[0]} at ${Math.round(busiest[1] * 100)} % of a core`}`,
  ];
}

function summary(result: LoadResult, folder: string): readonly string[] {
  const { attempted, ok, failed, late, dropped, parts, failures, sustained } = result;
  return [
    `${attempted} calls: ${ok} ok, ${failed} failed, ${late} late, ${dropped} dropped`,
    ...Object.entries(failures).map(([cause, count]) => `  ${count} × ${cause}`),
    ...Object.entries(parts).flatMap(([name, of]) => (of === null ? [] : [`${name.padEnd(12)}${times(of)}`])),
    ...(sustained === undefined
      ? []
      : [
          `Sustained: ${sustained.rate ?? 'none'} calls a second; broke at ${sustained.brokeAt ?? 'no rate that was tried'}`,
        ]),
    `Limit: ${result.limit}`,
    ...(result.isMeasurement ? [] : ['This is no measurement: the generator was the limit.']),
    ...result.thresholds.map(
      ({ threshold, value, met }) =>
        `${met ? 'met    ' : 'NOT MET'} ${threshold}: ${value === null ? 'not measured' : Number(value.toFixed(2))}`,
    ),
    `Report: ${folder}/report.html`,
  ];
}

function times(of: Percentiles | null): string {
  if (of === null) return '–';
  return `p50 ${of.p50.toFixed(1)} ms, p95 ${of.p95.toFixed(1)}, p99 ${of.p99.toFixed(1)}`;
}
