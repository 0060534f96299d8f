/** The address and keys of a pipe, as they cross between nodes. */
import type { NodeRequestParams } from '../../../protocol/internal/nodeMessages.ts';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { PipeAddress } from '../routers/pipeTransport.ts';

/** Fails closed: media without keys leaves no node. */
export function pipeToWire({ ip, port, srtpParameters }: PipeAddress): NodeRequestParams['openPipe']['pipe'] {
  if (srtpParameters === undefined) throw new CallError('internal');
  const { cryptoSuite, keyBase64 } = srtpParameters;
  return { ip, port, srtpParameters: { cryptoSuite, keyBase64 } };
}
