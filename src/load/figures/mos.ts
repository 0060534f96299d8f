/** The E-model (ITU-T G.107, in the short form of Cole and Rosenbluth) for Opus: an estimate, from loss and delay alone. */

/** G.107's default for a call without any impairment. */
const best = 93.2;
/** How loss is felt: Opus with its own concealment is about as robust as G.107 appendix I says of codecs of that kind. */
const lossRobustness = 20;
const mostImpairment = 95;
/** Of the receiver's buffer, which is not seen from here. */
const bufferMs = 60;
/** From here on people begin to talk over each other. */
const noticedMs = 177.3;

export function estimatedMos(lossPercent: number, latencyMs: number): number {
  const delay = latencyMs + bufferMs;
  const byDelay = 0.024 * delay + (delay > noticedMs ? 0.11 * (delay - noticedMs) : 0);
  const byLoss = (mostImpairment * lossPercent) / (lossPercent + lossRobustness);
  const r = Math.max(0, Math.min(100, best - byDelay - byLoss));
  return Math.max(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}
