/** UDP sockets of Linux (64 bit, little endian), read many packets at once, each with the kernel's word of when it came. */
import koffi from 'koffi';

const library = koffi.load(null);
const socket: (family: number, type: number, protocol: number) => number = library.func('int socket(int, int, int)');
const bind: (fd: number, address: Buffer, bytes: number) => number = library.func(
  'int bind(int, const void *, uint32)',
);
const connect: (fd: number, address: Buffer, bytes: number) => number = library.func(
  'int connect(int, const void *, uint32)',
);
const setOption: (...given: [fd: number, level: number, name: number, value: Buffer, bytes: number]) => number =
  library.func('int setsockopt(int, int, int, const void *, uint32)');
const send: (fd: number, from: Buffer, bytes: number, flags: number) => number = library.func(
  'int64_t send(int, const void *, size_t, int)',
);
const receive: (...given: [fd: number, headers: Buffer, count: number, flags: number, timeout: null]) => number =
  library.func('int recvmmsg(int, void *, uint32, int, void *)');
const close: (fd: number) => number = library.func('int close(int)');

const [ipv4, datagram, nonBlocking, closedOnExec] = [2, 2, 0o4000, 0o2000000];
const [socketLevel, receiveBuffer, timestampNs, countOverflow] = [1, 8, 35, 40];
const dontWait = 0x40;
const addressBytes = 16;
/** Room for what comes between two reads; the kernel takes it only as it is needed. */
const bufferBytes = 1024 * 1024;

const atOnce = 32;
const packetBytes = 2048;
const [headerBytes, vectorBytes, controlBytes] = [64, 16, 64];
/** `struct mmsghdr`. */
const header = { vector: 16, vectorCount: 24, control: 32, controlBytes: 40, length: 56 } as const;
/** In the control message: `struct timespec`, then, once packets were dropped, another message with how many. */
const control = { seconds: 16, nanoseconds: 24, dropped: 48, bytesWithDropped: 56 } as const;

/**
 * What packets are read into, shared by all sockets: what comes is looked at before the next read. It is one piece of
 * memory, since pieces whose addresses only the kernel has would be collected as garbage.
 */
const memory = Buffer.alloc(atOnce * (headerBytes + vectorBytes + controlBytes + packetBytes));
const vectorsAt = atOnce * headerBytes;
const controlsAt = vectorsAt + atOnce * vectorBytes;
const packetsAt = controlsAt + atOnce * controlBytes;
const headers = memory.subarray(0, vectorsAt);
const controls = memory.subarray(controlsAt, packetsAt);
const packets = Array.from({ length: atOnce }, (_, index) =>
  memory.subarray(packetsAt + index * packetBytes, packetsAt + (index + 1) * packetBytes),
);
const address = koffi.address(memory);
for (let index = 0; index < atOnce; index += 1) {
  const vectorAt = vectorsAt + index * vectorBytes;
  memory.writeBigUInt64LE(address + BigInt(packetsAt + index * packetBytes), vectorAt);
  memory.writeBigUInt64LE(BigInt(packetBytes), vectorAt + 8);
  const at = index * headerBytes;
  headers.writeBigUInt64LE(address + BigInt(vectorAt), at + header.vector);
  headers.writeBigUInt64LE(1n, at + header.vectorCount);
  headers.writeBigUInt64LE(address + BigInt(controlsAt + index * controlBytes), at + header.control);
}

/** `packet` is longer than what came, and is overwritten by the next read. `at`: milliseconds since the epoch. */
export type Take = (packet: Buffer, length: number, at: number) => void;

export class UdpSocket {
  readonly #fd: number;
  #dropped = 0;

  constructor(localAddress: string, remote: { readonly address: string; readonly port: number }) {
    this.#fd = socket(ipv4, datagram | nonBlocking | closedOnExec, 0);
    if (this.#fd < 0) throw failure('socket');
    this.#setOption(receiveBuffer, bufferBytes);
    this.#setOption(timestampNs, 1);
    this.#setOption(countOverflow, 1);
    if (bind(this.#fd, socketAddress(localAddress, 0), addressBytes) !== 0) throw failure('bind');
    if (connect(this.#fd, socketAddress(remote.address, remote.port), addressBytes) !== 0) throw failure('connect');
  }

  /** Packets that came while the buffer was full, as far as a later packet told: they were lost here. */
  get dropped(): number {
    return this.#dropped;
  }

  send(packet: Buffer): void {
    if (packet.length > 0) send(this.#fd, packet, packet.length, 0);
  }

  /** Everything that has come. */
  read(take: Take): void {
    for (;;) {
      for (let index = 0; index < atOnce; index += 1) {
        headers.writeUInt32LE(controlBytes, index * headerBytes + header.controlBytes);
      }
      const count = receive(this.#fd, headers, atOnce, dontWait, null);
      for (let index = 0; index < count; index += 1) this.#take(index, take);
      if (count < atOnce) return;
    }
  }

  close(): void {
    close(this.#fd);
  }

  #take(index: number, take: Take): void {
    const packet = packets[index];
    if (packet === undefined) return;
    const [at, told] = [index * controlBytes, index * headerBytes];
    const time =
      controls.readUInt32LE(at + control.seconds) * 1000 + controls.readUInt32LE(at + control.nanoseconds) / 1e6;
    if (headers.readUInt32LE(told + header.controlBytes) >= control.bytesWithDropped - 4) {
      this.#dropped = controls.readUInt32LE(at + control.dropped);
    }
    take(packet, headers.readUInt32LE(told + header.length), time);
  }

  #setOption(name: number, value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    if (setOption(this.#fd, socketLevel, name, bytes, bytes.length) !== 0) throw failure('setsockopt');
  }
}

/** `struct sockaddr_in`. */
function socketAddress(address: string, port: number): Buffer {
  const bytes = Buffer.alloc(addressBytes);
  bytes.writeUInt16LE(ipv4, 0);
  bytes.writeUInt16BE(port, 2);
  Buffer.from(address.split('.').map(Number)).copy(bytes, 4);
  return bytes;
}

function failure(call: string): Error {
  return new Error(`${call} failed with errno ${koffi.errno()}`);
}
