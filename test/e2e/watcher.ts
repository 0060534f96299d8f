/** The page of somebody who watches a call with the SDK: `?as=carol&call=…`, with a ticket that the test hands out. */
import { VeilcastClient, isVeilcastError } from '../../src/client/index.ts';
import { tokenOf } from '../../src/web/home/demo.ts';

declare global {
  interface Window {
    /** As an app asks its own backend. */
    ticketOf(callId: string): Promise<string>;
  }
}

const asked = new URLSearchParams(location.search);
const callId = asked.get('call') ?? '';
const state = document.createElement('output');
state.dataset['testid'] = 'state';
document.body.replaceChildren(state);

async function watch(): Promise<void> {
  const client = await VeilcastClient.connect({ url: location.origin, token: tokenOf(asked.get('as') ?? '') });
  const call = await client.watch(callId, { ticket: () => window.ticketOf(callId) });
  const elements = new Map<string, HTMLMediaElement>();
  const show = () => {
    for (const { id, kind, stream } of call.remoteTracks) {
      if (elements.has(id)) continue;
      const element = document.createElement(kind);
      Object.assign(element, { autoplay: true, srcObject: stream });
      elements.set(id, element);
      document.body.append(element);
    }
  };
  call.on('changed', show);
  call.on('trackRemoved', ({ id }) => {
    elements.get(id)?.remove();
    elements.delete(id);
  });
  call.on('ended', (ending) => {
    state.textContent = ending;
  });
  show();
  state.textContent = 'watching';
  const leave = document.createElement('button');
  leave.dataset['testid'] = 'leave';
  leave.textContent = 'Leave';
  leave.addEventListener('click', () => void call.leave());
  document.body.append(leave);
}

watch().catch((error: unknown) => {
  state.textContent = isVeilcastError(error) ? error.code : String(error);
});
