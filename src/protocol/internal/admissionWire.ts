/** An admission in messages between nodes, where there are no sets. */
import type { z } from 'zod';
import type { Admission } from '../../domain/media/admission.ts';
import type { admission } from './nodeMessages.ts';

type WireAdmission = z.output<typeof admission>;

export function toWire({ admitted, onHold, welcome, ...rest }: Admission): WireAdmission {
  return { ...rest, admitted: [...admitted], onHold: [...onHold], welcome: [...welcome] };
}

export function fromWire({ onHold, welcome, ...rest }: WireAdmission): Admission {
  return { ...rest, onHold: new Set(onHold), welcome: new Set(welcome) };
}
