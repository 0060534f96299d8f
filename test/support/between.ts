import type { Dice } from '../../src/load/plan/dice.ts';

/** A number from `least` up to but not `most`. */
export function between(dice: Dice, least: number, most: number): number {
  return least + dice.throw() * (most - least);
}
