import type { ConnectionQuality } from '../../client/index.ts';
import { bitrateWords, gradeWords } from '../words.ts';

const bars: Readonly<Record<ConnectionQuality['grade'], number>> = { good: 3, fair: 2, poor: 1, lost: 0 };

export function QualityMark({ quality }: { quality: ConnectionQuality }) {
  const { grade, roundTripMs, receiveLossPercent, sendLossPercent } = quality;
  return (
    <details class={`quality quality-${grade}`} data-testid="quality">
      <summary class="mark" aria-label={gradeWords[grade]}>
        <span class="bars" aria-hidden="true">
          {[1, 2, 3].map((bar) => (
            <i key={bar} class={bar <= bars[grade] ? 'bar bar-full' : 'bar'} />
          ))}
        </span>
        <span class="quality-words">{gradeWords[grade]}</span>
      </summary>
      <dl class="quality-details">
        <dt>Round trip to the server</dt>
        <dd>{roundTripMs === undefined ? '–' : `${Math.round(roundTripMs)} ms`}</dd>
        <dt>Lost on the way to you</dt>
        <dd>{receiveLossPercent.toFixed(1)} %</dd>
        <dt>Lost on the way from you</dt>
        <dd>{sendLossPercent.toFixed(1)} %</dd>
        <dt>Receiving</dt>
        <dd>{bitrateWords(quality.receivingBitsPerSecond)}</dd>
        <dt>Sending</dt>
        <dd>{bitrateWords(quality.sendingBitsPerSecond)}</dd>
      </dl>
    </details>
  );
}
