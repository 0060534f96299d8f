// @ts-check
// `node unixToTcp.mjs <path> <port>`: whoever connects to the socket at that path reaches that port of this network's loopback.
import { connect, createServer } from 'node:net';

const [path, port] = process.argv.slice(2);
createServer((outside) => {
  const inside = connect(Number(port), '127.0.0.1');
  for (const [one, other] of /** @type {const} */ ([
    [outside, inside],
    [inside, outside],
  ])) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
  outside.pipe(inside).pipe(outside);
}).listen(path, () => {
  process.stdout.write('listening\n');
});
