/** Address and keys of a pipe, as nodes exchange them. */
import type { NodeRequestParams } from '../../../protocol/internal/nodeMessages.ts';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { PipeAddress } from '../routers/pipeTransport.ts';

/** Fails closed: no media leaves a node without keys. */
export function pipeToWire({ ip, port, srtpParameters }: PipeAddress): NodeRequestParams['openPipe']['pipe'] {
  if (srtpParameters === undefined) throw new CallError('internal');
  const { cryptoSuite, keyBase64 } = srtpParameters;
  return { ip, port, srtpParameters: { cryptoSuite, keyBase64 } };
}
