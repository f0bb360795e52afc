#!/usr/bin/env node
// @ts-check
/**
 * A board without a board: the reference device in a QEMU of its own, with a serial cable (two ptys joined by socat), a power switch (this
 * program) and storage that the host can reach while it is off (a file). It outlives who uses it, as a board does.
 *
 *   virtual-board.mjs DIRECTORY up [x86|arm64]   the cable; prints the bench file. It stays the machine that it was first
 *   virtual-board.mjs DIRECTORY on | off | reset | sense
 *   virtual-board.mjs DIRECTORY serve PORT   a PDU that is switched over HTTP: GET /1 tells 1 or 0, PUT /1 takes it
 *   virtual-board.mjs DIRECTORY down      everything off, cable unplugged
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, freePort, until } from './host.mjs';
import { machines } from './machines.mjs';

const [directoryGiven, verb, argument] = process.argv.slice(2);
const verbs = { up, on, off, reset, sense, serve, down };
if (!directoryGiven || !verb || !Object.hasOwn(verbs, verb)) {
  console.error(`usage: virtual-board.mjs DIRECTORY ${Object.keys(verbs).join('|')}`);
  process.exit(2);
}
const directory = resolve(directoryGiven);
const file = (/** @type {string} */ name) => join(directory, name);
/** What the firmware says about itself: the serial number of this board. */
const uuidOf = () => readFileSync(file('uuid'), 'utf8').trim();
const machineOf = () => {
  const name = existsSync(file('machine')) ? readFileSync(file('machine'), 'utf8').trim() : 'x86';
  return machines[name] ?? fail(`No such machine: ${name}; there are ${Object.keys(machines).join(', ')}`);
};

await verbs[/** @type {keyof typeof verbs} */ (verb)]();

async function up() {
  mkdirSync(directory, { recursive: true });
  if (!existsSync(file('uuid'))) {
    writeFileSync(file('machine'), `${argument ?? 'x86'}\n`);
    const uuid = crypto.randomUUID();
    machineOf().make?.(file, uuid);
    writeFileSync(file('uuid'), `${uuid}\n`);
  }
  if (!existsSync(file('port'))) writeFileSync(file('port'), `${await freePort()}\n`);
  if (!existsSync(file('disk.raw'))) writeFileSync(file('disk.raw'), '');
  if (!alive('socat.pid', 'socat')) plugCable();
  await until('the serial cable', () => existsSync(file('console')) && existsSync(file('uart')), 10);
  const me = fileURLToPath(import.meta.url);
  const power = (/** @type {string} */ what) => JSON.stringify([process.execPath, me, directory, what]);
  process.stdout.write(`name: virtual-board
target: board
expects: [power.cut, power.reset, disk.offline]
quarantineAfter: 3
timeFactor: ${machineOf().timeFactor}
options:
  console: { kind: tty, path: ${JSON.stringify(file('console'))} }
  power:
    kind: exec
    on: ${power('on')}
    off: ${power('off')}
    reset: ${power('reset')}
    sense: ${power('sense')}
  ssh: { host: 127.0.0.1, port: ${readFileSync(file('port'), 'utf8').trim()} }
  hostAddress: 10.0.2.2
  relay: false
  identity: ${machineOf().identity(uuidOf())}
  provision: { kind: storage, path: ${JSON.stringify(file('disk.raw'))} }
  # completed writes are in the host's page cache: a cut of this board cannot lose them
  lossModel: memory
  # nothing holds a charge
  offMs: 0
`);
}

function plugCable() {
  for (const name of ['console', 'uart']) rmSync(file(name), { force: true });
  const log = openSync(file('socat.log'), 'a');
  const end = (/** @type {string} */ name) => `PTY,link=${file(name)},rawer,ignoreeof`;
  const child = spawn('socat', ['-d', end('console'), end('uart')], { detached: true, stdio: ['ignore', log, log] });
  writeFileSync(file('socat.pid'), `${child.pid}\n`);
  child.unref();
}

async function on() {
  if (pid() !== undefined) return;
  rmSync(file('qmp'), { force: true });
  const log = openSync(file('qemu.log'), 'a');
  const argv = [
    ...['-name', 'guest=virtual-board', '-nodefaults', '-no-user-config', '-display', 'none'],
    ...machineOf().argv(file, uuidOf()),
    ...['-smp', '1'],
    ...['-pidfile', file('qemu.pid')],
    ...['-chardev', `serial,id=uart,path=${file('uart')}`, '-serial', 'chardev:uart'],
    ...['-qmp', `unix:${file('qmp')},server=on,wait=off`],
    ...['-drive', `file=${file('disk.raw')},format=raw,if=none,id=disk,cache=unsafe`],
    ...['-device', 'virtio-blk-pci,drive=disk'],
    ...['-netdev', `user,id=net,ipv6=off,hostfwd=tcp:127.0.0.1:${readFileSync(file('port'), 'utf8').trim()}-:22`],
    ...['-device', 'virtio-net-pci,netdev=net,romfile='],
    '-daemonize',
  ];
  const { status } = spawnSync(machineOf().program, argv, { stdio: ['ignore', log, log] });
  if (status !== 0) fail(`QEMU did not start: ${readFileSync(file('qemu.log'), 'utf8').trim().split('\n').at(-1)}`);
}

async function off() {
  const found = pid();
  if (found !== undefined) process.kill(found, 'SIGKILL');
  await until('the end of QEMU', () => pid() === undefined, 10);
}

async function reset() {
  if (pid() === undefined) fail('off: there is nothing to reset');
  await new Promise((done, failed) => {
    const socket = connect(file('qmp'));
    let heard = '';
    socket.on('error', failed);
    socket.on('data', (chunk) => {
      heard += chunk.toString();
      if (heard.includes('"RESET"')) {
        console.log('RESET seen');
        socket.destroy();
        done(undefined);
      }
    });
    socket.write('{"execute":"qmp_capabilities"}{"execute":"system_reset"}');
  });
}

async function sense() {
  console.log(pid() === undefined ? 'off' : 'on');
}

async function serve() {
  const server = createHttpServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.method === 'PUT') await (body.trim() === '1' ? on() : off());
    response.end(pid() === undefined ? '0' : '1');
  });
  server.listen(Number(argument), '127.0.0.1');
}

async function down() {
  await off();
  const cable = alive('socat.pid', 'socat');
  if (cable !== undefined) process.kill(cable, 'SIGTERM');
}

function pid() {
  return alive('qemu.pid', 'qemu-system');
}

/** The process of a pid file, unless the number is another's by now. @param {string} name @param {string} program */
function alive(name, program) {
  try {
    const number = Number(readFileSync(file(name), 'utf8'));
    const command = readFileSync(`/proc/${number}/cmdline`, 'utf8').split('\0');
    return command[0]?.includes(program) && command.some((word) => word.includes(directory)) ? number : undefined;
  } catch {
    return undefined;
  }
}
