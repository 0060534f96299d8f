import { withRisingPriorities } from './candidatePriority.ts';

/**
 * A window of its own for peer connections, in which no camera can be opened. Where nobody has agreed to be filmed, browsers
 * bind the sockets of connections to the wildcard address and let the system choose the way of each packet (RFC 8828 §5.2,
 * mode 2). Elsewhere they bind them to every address that the device had a while ago: Chromium on Linux looks for others
 * two seconds after a change, and until then finds no path from the new network. It also keeps the addresses of a device
 * from the page that calls.
 *
 * A page has one for all its calls. It goes with the last of them, and is made anew when the page around it removes it.
 */
export interface FrameLease {
  /** Whatever `make` constructs at once has its connections there. Where frames have none they are the page's own. */
  make<T>(make: () => T): T;
  /** Its connections are closed. */
  release(): void;
}

/** `lost`: the page removed the frame, and the connections are gone with it. */
export function leaseFrame(lost: () => void): FrameLease {
  let frame: SharedFrame | undefined;
  return {
    make: (make) => {
      frame ??= join(lost);
      return constructIn(frame?.element, make);
    },
    release: () => {
      frame?.leave(lost);
    },
  };
}

/** Browsers crash now and then when a frame goes whose connections are still at something; the next call may come soon, too. */
const lingerMs = 3_000;
/** A page that removes every frame gets no other one: connections of its own live. */
const maxLosses = 3;

let shared: SharedFrame | undefined;
let losses = 0;

function join(lost: () => void): SharedFrame | undefined {
  if (losses >= maxLosses || !('document' in globalThis)) return undefined;
  shared ??= new SharedFrame();
  shared.enter(lost);
  return shared;
}

class SharedFrame {
  readonly element = document.createElement('iframe');
  readonly #users = new Set<() => void>();
  readonly #window: Window | null;
  readonly #observer = new MutationObserver(() => {
    this.#look();
  });
  #leaving: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    const { element } = this;
    element.allow = "camera 'none'; microphone 'none'";
    element.hidden = true;
    element.title = '';
    // Beside the body: apps clear that, and what they have drawn in it.
    document.documentElement.append(element);
    this.#window = element.contentWindow;
    // Only what happens to the frame itself, and to the root that it is in.
    for (const node of [document, document.documentElement]) this.#observer.observe(node, { childList: true });
  }

  enter(lost: () => void): void {
    clearTimeout(this.#leaving);
    this.#users.add(lost);
  }

  leave(lost: () => void): void {
    this.#users.delete(lost);
    clearTimeout(this.#leaving);
    if (this.#users.size > 0) return;
    this.#leaving = setTimeout(() => {
      this.#end();
      this.element.remove();
    }, lingerMs);
  }

  /** One that was put elsewhere has another window. */
  #look(): void {
    if (this.element.isConnected && this.element.contentWindow === this.#window) return;
    losses += 1;
    this.#end();
    this.element.remove();
    for (const lost of [...this.#users]) lost();
  }

  #end(): void {
    clearTimeout(this.#leaving);
    this.#observer.disconnect();
    if (shared === this) shared = undefined;
  }
}

function constructIn<T>(frame: HTMLIFrameElement | undefined, make: () => T): T {
  const own: unknown = Reflect.get(globalThis, name);
  const rising = withRisingPriorities(Reflect.get(frame?.contentWindow ?? {}, name)) ?? withRisingPriorities(own);
  if (rising === undefined) return make();
  Reflect.set(globalThis, name, rising);
  try {
    return make();
  } finally {
    Reflect.set(globalThis, name, own);
  }
}

/** mediasoup-client looks for it in the global scope at the moment when a transport is made. */
const name = 'RTCPeerConnection';
