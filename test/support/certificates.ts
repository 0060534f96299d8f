/** An authority for one test, and certificates that it signs: made by `openssl`, gone with the test. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Certificate {
  readonly keyFile: string;
  readonly certificateFile: string;
}

const validDays = 2;
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', String(validDays)];

export class TestAuthority {
  /** For `NODE_EXTRA_CA_CERTS`. */
  readonly certificateFile: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.certificateFile = join(folder, 'authority.crt');
  }

  static async make(): Promise<TestAuthority> {
    const made = new TestAuthority(await mkdtemp(join(tmpdir(), 'veilcast-authority-')));
    await made.#request('authority', ['-subj', '/CN=test authority']);
    return made;
  }

  /** `names`: such as `IP:127.0.0.1` and `DNS:redis.example`. */
  async sign(...names: string[]): Promise<Certificate> {
    const name = `server-${names.join('-').replaceAll(/[^\w.-]/g, '_')}`;
    const signer = ['-CA', this.certificateFile, '-CAkey', join(this.#folder, 'authority.key')];
    const alternatives = ['-addext', `subjectAltName=${names.join(',')}`, '-addext', 'basicConstraints=CA:FALSE'];
    return this.#request(name, ['-subj', '/CN=test server', ...signer, ...alternatives]);
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }

  async #request(name: string, args: readonly string[]): Promise<Certificate> {
    const made = { keyFile: join(this.#folder, `${name}.key`), certificateFile: join(this.#folder, `${name}.crt`) };
    const files = ['-keyout', made.keyFile, '-out', made.certificateFile];
    await promisify(execFile)('openssl', ['req', '-x509', ...newKey, ...args, ...files]);
    return made;
  }
}

/** What a redis-server, a sentinel or a node of a cluster needs to speak TLS on a second port, and with each other. */
export function tlsLines(authority: TestAuthority, own: Certificate, port: number): readonly string[] {
  return [
    ...[`tls-port ${port}`, 'tls-auth-clients no', 'tls-replication yes'],
    ...[`tls-key-file ${own.keyFile}`, `tls-cert-file ${own.certificateFile}`],
    `tls-ca-cert-file ${authority.certificateFile}`,
  ];
}
