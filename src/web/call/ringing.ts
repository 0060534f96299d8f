/**
 * The sounds of ringing. If the browser requires a click first, it stays silent; the page also shows everything in
 * words.
 */

interface Pattern {
  readonly tones: readonly number[];
  readonly loudness: number;
  readonly everyMs: number;
}

const patterns: Readonly<Record<'incoming' | 'outgoing', Pattern>> = {
  incoming: { tones: [659, 784, 988], loudness: 0.12, everyMs: 2_400 },
  outgoing: { tones: [440], loudness: 0.05, everyMs: 3_500 },
};

const toneSeconds = 0.22;

/** Rings until the returned function is called. */
export function startRinging(kind: 'incoming' | 'outgoing'): () => void {
  const context = new AudioContext();
  const ring = () => {
    if (context.state === 'running') play(context, patterns[kind]);
  };
  ring();
  const timer = setInterval(ring, patterns[kind].everyMs);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}

function play(context: AudioContext, { tones, loudness }: Pattern): void {
  tones.forEach((frequency, index) => {
    const from = context.currentTime + index * toneSeconds;
    const oscillator = new OscillatorNode(context, { frequency, type: 'sine' });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0, from);
    gain.gain.linearRampToValueAtTime(loudness, from + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, from + toneSeconds * 1.6);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(from);
    oscillator.stop(from + toneSeconds * 1.7);
  });
}
