import { withRisingPriorities } from './candidatePriority.ts';

/**
 * A separate window for peer connections, in which no camera can be opened. If a page has no camera permission,
 * browsers bind the sockets of its connections to the wildcard address, and the system routes each packet (RFC 8828
 * §5.2, mode 2). Otherwise they bind to every address that the device had some time ago: Chromium on Linux looks for
 * new addresses two seconds after a change, and finds no path from the new network until then. The window also hides
 * the device's addresses from the calling page.
 *
 * A page has one such frame for all its calls. It is removed after the last call, and created again if the page removes
 * it.
 */
export interface FrameLease {
  /**
   * Connections that `make` constructs synchronously belong to the frame. They belong to the page if there can be no
   * frame.
   */
  make<T>(make: () => T): T;
  /** The connections of this lease are closed. */
  release(): void;
}

/** Calls `lost` when the page has removed the frame, and the connections with it. */
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

/**
 * Browsers sometimes crash when a frame is removed while its connections are busy. Also, the next call may come soon.
 */
const lingerMs = 3_000;
/** A page that removes every frame gets no other one. Its connections then live in the page itself. */
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
    // Beside the body, since apps clear the body.
    document.documentElement.append(element);
    this.#window = element.contentWindow;
    // Watches only the frame itself and the root element that holds it.
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

  /** A frame that was moved has a new window. */
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

/** mediasoup-client reads this global when it creates a transport. */
const name = 'RTCPeerConnection';
