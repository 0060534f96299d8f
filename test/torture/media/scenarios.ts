/** All that is done to calls. */
import type { Scenario } from './scenario.ts';
import { networks } from './scenarios/networks.ts';
import { pictures } from './scenarios/pictures.ts';
import { reloads } from './scenarios/reloads.ts';
import { screens } from './scenarios/screens.ts';

export const scenarios: readonly Scenario[] = [...pictures, ...screens, ...networks, ...reloads];
