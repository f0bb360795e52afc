// @ts-check
import { createServer } from 'node:net';

/**
 * @param {string} what for the error
 * @param {() => boolean | Promise<boolean>} condition
 * @param {number} seconds
 */
export async function until(what, condition, seconds) {
  for (const endMs = performance.now() + seconds * 1000; !(await condition());) {
    if (performance.now() > endMs) fail(`Not within ${seconds} s: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** A TCP port of loopback that nobody has. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((done) => server.close(done));
  return port;
}

/** @param {string} text @returns {never} */
export function fail(text) {
  console.error(text);
  process.exit(1);
}
