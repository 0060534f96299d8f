import { initials } from '../words.ts';

/** A calm colour for each person. */
function hueOf(name: string): number {
  return Array.from(name).reduce((hue, letter) => (hue * 31 + letter.charCodeAt(0)) % 360, 7);
}

export function Avatar({ name, size = 'medium' }: { name: string; size?: 'medium' | 'large' }) {
  return (
    <span class={`avatar avatar-${size}`} style={{ '--hue': String(hueOf(name)) }} aria-hidden="true">
      {initials(name)}
    </span>
  );
}
