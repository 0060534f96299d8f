/** DTLS (RFC 9147's 1.2) as a client, through the OpenSSL that Node brings along: a handshake for SRTP, its keys, and nothing after it. */
import { generateKeyPairSync } from 'node:crypto';
import koffi from 'koffi';

type Pointer = bigint | null;
const program = koffi.load(null);

const dtlsClientMethod: () => Pointer = program.func('void *DTLS_client_method()');
const newContext: (method: Pointer) => Pointer = program.func('void *SSL_CTX_new(void *)');
const usePrivateKey: (type: number, context: Pointer, der: Buffer, bytes: number) => number = program.func(
  'int SSL_CTX_use_PrivateKey_ASN1(int, void *, const void *, long)',
);
const privateKeyOf: (context: Pointer) => Pointer = program.func('void *SSL_CTX_get0_privatekey(void *)');
const useCertificate: (context: Pointer, certificate: Pointer) => number = program.func(
  'int SSL_CTX_use_certificate(void *, void *)',
);
/** Answers 0 when it went well. */
const useSrtp: (context: Pointer, profiles: string) => number = program.func(
  'int SSL_CTX_set_tlsext_use_srtp(void *, const char *)',
);

const newCertificate: () => Pointer = program.func('void *X509_new()');
const setVersion: (certificate: Pointer, version: number) => number = program.func(
  'int X509_set_version(void *, long)',
);
const notBefore: (certificate: Pointer) => Pointer = program.func('void *X509_getm_notBefore(void *)');
const notAfter: (certificate: Pointer) => Pointer = program.func('void *X509_getm_notAfter(void *)');
const setFromNow: (time: Pointer, seconds: number) => Pointer = program.func('void *X509_gmtime_adj(void *, long)');
const setPublicKey: (certificate: Pointer, key: Pointer) => number = program.func(
  'int X509_set_pubkey(void *, void *)',
);
const sign: (certificate: Pointer, key: Pointer, digest: Pointer) => number = program.func(
  'int X509_sign(void *, void *, void *)',
);
const sha256: () => Pointer = program.func('void *EVP_sha256()');
const digest: (certificate: Pointer, digest: Pointer, into: Buffer, bytes: Pointer) => number = program.func(
  'int X509_digest(void *, void *, void *, void *)',
);
const freeCertificate: (certificate: Pointer) => void = program.func('void X509_free(void *)');

const newConnection: (context: Pointer) => Pointer = program.func('void *SSL_new(void *)');
const freeConnection: (connection: Pointer) => void = program.func('void SSL_free(void *)');
const beClient: (connection: Pointer) => void = program.func('void SSL_set_connect_state(void *)');
const setOptions: (connection: Pointer, options: number) => bigint | number = program.func(
  'uint64_t SSL_set_options(void *, uint64_t)',
);
const control: (connection: Pointer, command: number, value: number, more: Pointer) => number = program.func(
  'long SSL_ctrl(void *, int, long, void *)',
);
const continues: (connection: Pointer) => number = program.func('int SSL_do_handshake(void *)');
const errorOf: (connection: Pointer, result: number) => number = program.func('int SSL_get_error(void *, int)');
/** RFC 5705. Answers 1 when it went well. */
const exportKeys: (
  ...given: [
    connection: Pointer,
    into: Buffer,
    bytes: number,
    label: string,
    labelBytes: number,
    context: null,
    contextBytes: number,
    useContext: number,
  ]
) => number = program.func(
  'int SSL_export_keying_material(void *, void *, size_t, const char *, size_t, const void *, size_t, int)',
);
const peerCertificate: (connection: Pointer) => Pointer = program.func('void *SSL_get1_peer_certificate(void *)');

const memory: () => Pointer = program.func('void *BIO_s_mem()');
const newBio: (method: Pointer) => Pointer = program.func('void *BIO_new(void *)');
const setBios: (connection: Pointer, incoming: Pointer, outgoing: Pointer) => void = program.func(
  'void SSL_set_bio(void *, void *, void *)',
);
const write: (bio: Pointer, from: Buffer, bytes: number) => number = program.func(
  'int BIO_write(void *, const void *, int)',
);
const read: (bio: Pointer, into: Buffer, bytes: number) => number = program.func('int BIO_read(void *, void *, int)');

/** OpenSSL's own numbers. */
const ecKey = 408;
const version3 = 2;
const noMtuQuery = 0x1000;
const setMtu = 17;
const handleTimeout = 74;
const wantsRead = 2;

const mtu = 1200;
const dayInSeconds = 86_400;
/** The only one that is spoken here (RFC 7714): the server prefers it. */
const srtpProfiles = 'SRTP_AEAD_AES_128_GCM';
/** RFC 5764 §4.2. */
const keyLabel = 'EXTRACTOR-dtls_srtp';

/** One certificate for any number of connections. */
export class Identity {
  readonly context: Pointer;
  /** SHA-256 in the form of RFC 8122. */
  readonly fingerprint: string;

  constructor() {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const der = privateKey.export({ type: 'sec1', format: 'der' });
    this.context = made(newContext(dtlsClientMethod()));
    good(usePrivateKey(ecKey, this.context, der, der.length));
    const key = made(privateKeyOf(this.context));
    const certificate = made(newCertificate());
    good(setVersion(certificate, version3));
    made(setFromNow(notBefore(certificate), -dayInSeconds));
    made(setFromNow(notAfter(certificate), dayInSeconds));
    good(setPublicKey(certificate, key));
    good(sign(certificate, key, sha256()));
    good(useCertificate(this.context, certificate));
    if (useSrtp(this.context, srtpProfiles) !== 0) throw new Error('OpenSSL knows no such SRTP profile');
    this.fingerprint = fingerprintOf(certificate);
    freeCertificate(certificate);
  }
}

export class Handshake {
  readonly #connection: Pointer;
  readonly #incoming: Pointer;
  readonly #outgoing: Pointer;
  readonly #remoteFingerprint: string;
  readonly #flight = Buffer.alloc(4096);
  #done = false;

  constructor(identity: Identity, remoteFingerprint: string) {
    this.#remoteFingerprint = remoteFingerprint.toUpperCase();
    this.#connection = made(newConnection(identity.context));
    [this.#incoming, this.#outgoing] = [made(newBio(memory())), made(newBio(memory()))];
    setBios(this.#connection, this.#incoming, this.#outgoing);
    setOptions(this.#connection, noMtuQuery);
    control(this.#connection, setMtu, mtu, null);
    beClient(this.#connection);
  }

  /** The server is who it said it would be. */
  get done(): boolean {
    return this.#done;
  }

  /** Continues with a datagram that came; without one it begins, or sends again what was not answered in time. Answers what to send. */
  step(datagram?: Buffer): Buffer {
    if (datagram === undefined) control(this.#connection, handleTimeout, 0, null);
    else write(this.#incoming, datagram, datagram.length);
    const result = continues(this.#connection);
    if (result === 1) this.#finish();
    else {
      const error = errorOf(this.#connection, result);
      if (error !== wantsRead) throw new Error(`the DTLS handshake failed: ${error}`);
    }
    const bytes = read(this.#outgoing, this.#flight, this.#flight.length);
    return this.#flight.subarray(0, Math.max(0, bytes));
  }

  /** What both sides derive their SRTP keys from, once it is done. */
  exportKeys(bytes: number): Buffer {
    const keys = Buffer.alloc(bytes);
    good(exportKeys(this.#connection, keys, bytes, keyLabel, keyLabel.length, null, 0, 0));
    return keys;
  }

  free(): void {
    freeConnection(this.#connection);
  }

  #finish(): void {
    const certificate = made(peerCertificate(this.#connection));
    const fingerprint = fingerprintOf(certificate);
    freeCertificate(certificate);
    if (fingerprint !== this.#remoteFingerprint)
      throw new Error('the server has another fingerprint than it announced');
    this.#done = true;
  }
}

function fingerprintOf(certificate: Pointer): string {
  const bytes = Buffer.alloc(32);
  good(digest(certificate, sha256(), bytes, null));
  return (bytes.toString('hex').toUpperCase().match(/../g) ?? []).join(':');
}

function made(pointer: Pointer): Pointer {
  if (pointer === null) throw new Error('OpenSSL could not make what was asked for');
  return pointer;
}

function good(result: number): void {
  if (result <= 0) throw new Error('OpenSSL did not do what was asked for');
}
