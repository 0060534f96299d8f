import { withRisingPaths } from './risingPaths.ts';

/**
 * A window of its own for peer connections, in which no camera can be opened. Where nobody has agreed to be filmed, browsers
 * bind the sockets of connections to the wildcard address and let the system choose the way of each packet (RFC 8828 §5.2,
 * mode 2). Elsewhere they bind them to every address that the device had a while ago: Chromium on Linux looks for others
 * two seconds after a change, and until then finds no path from the new network. It also keeps the addresses of a device
 * from the page that calls.
 */
export class WildcardFrame {
  #frame: HTMLIFrameElement | undefined;

  /**
   * Whatever `make` constructs at once has its connections there. Where frames have none they are the page's own. The frame
   * stays with the page: browsers crash now and then when one goes whose connections are still at something.
   */
  make<T>(make: () => T): T {
    this.#frame ??= openFrame();
    const own: unknown = Reflect.get(globalThis, name);
    const rising = withRisingPaths(Reflect.get(this.#frame.contentWindow ?? {}, name)) ?? withRisingPaths(own);
    if (rising === undefined) return make();
    Reflect.set(globalThis, name, rising);
    try {
      return make();
    } finally {
      Reflect.set(globalThis, name, own);
    }
  }
}

function openFrame(): HTMLIFrameElement {
  const frame = document.createElement('iframe');
  frame.allow = "camera 'none'; microphone 'none'";
  frame.hidden = true;
  frame.title = '';
  document.documentElement.append(frame);
  return frame;
}

/** mediasoup-client looks for it in the global scope at the moment when a transport is made. */
const name = 'RTCPeerConnection';
