#!/usr/bin/env node
// @ts-check
/**
 * A lab without a lab, around one virtual board, of what is installed: a serial server (ser2net, RFC 2217), a PDU over HTTP, and labgrid (in
 * PATH, or in the folder LABGRID_BIN), whose coordinator and exporter have the board at place `desk`, tag `board=virtual`. Writes board.yaml,
 * rfc2217.yaml and labgrid.yaml into the directory, says which, and stays until SIGTERM or Ctrl-C.
 *
 *   virtual-lab.mjs DIRECTORY [x86|arm64]
 */
import { spawn, spawnSync } from 'node:child_process';
import { openSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { fail, freePort, until } from './host.mjs';

const [directoryGiven, machine = 'x86'] = process.argv.slice(2);
if (!directoryGiven) {
  console.error('usage: virtual-lab.mjs DIRECTORY [x86|arm64]');
  process.exit(2);
}
const directory = resolve(directoryGiven);
const boardProgram = fileURLToPath(new URL('./virtual-board.mjs', import.meta.url));
const startSeconds = 60;
const folder = process.env['LABGRID_BIN'];
const env = { ...process.env, PATH: [folder, process.env['PATH']].filter(Boolean).join(delimiter) };
/** @type {import('node:child_process').ChildProcess[]} */
const children = [];
process.once('exit', () => children.forEach((child) => child.kill('SIGTERM')));
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, end);
// A test that was killed leaves no lab behind.
process.once('disconnect', end);

const up = run(process.execPath, boardProgram, directory, 'up', machine);
const board = parse(up.stdout);
const [serialPort, pduPort, labPort] = [await freePort(), await freePort(), await freePort()];
write('board.yaml', board);

const has = (/** @type {string} */ program, /** @type {string} */ flag) =>
  spawnSync(program, [flag], { env }).error === undefined;
const ready = ['board.yaml'];
if (has('ser2net', '-v')) await beginSerialServer();
if (ready.includes('rfc2217.yaml') && has('labgrid-client', '--version')) await beginLabgrid();
console.log(`ready: ${ready.join(' ')} in ${directory}`);

async function beginSerialServer() {
  // ser2net wants an anchor as the name of a connection.
  const connection = `connection: &board
  accepter: telnet(rfc2217),tcp,127.0.0.1,${serialPort}
  connector: serialdev,${board.options.console.path},115200n81,local
`;
  writeFileSync(join(directory, 'ser2net.yaml'), connection);
  begin('ser2net', '-n', '-c', join(directory, 'ser2net.yaml'));
  await until('the serial server', () => reachable(serialPort), startSeconds);
  const rfc2217 = { kind: 'rfc2217', host: '127.0.0.1', port: serialPort };
  write('rfc2217.yaml', { ...board, name: 'virtual-rfc2217', options: { ...board.options, console: rfc2217 } });
  ready.push('rfc2217.yaml');
}

async function beginLabgrid() {
  const coordinator = `127.0.0.1:${labPort}`;
  const { ssh, console: _, power: __, ...rest } = board.options;
  // The coordinator finds the places of its last run in its folder.
  for (const name of ['places.yaml', 'resources.yaml']) rmSync(join(directory, name), { force: true });
  begin(process.execPath, boardProgram, directory, 'serve', String(pduPort));
  begin('labgrid-coordinator', '-l', coordinator);
  await until('the coordinator', () => reachable(labPort), startSeconds);
  const client = (/** @type {string[]} */ ...argv) => run('labgrid-client', '-x', coordinator, '-p', 'desk', ...argv);
  write('exporter.yaml', {
    board: {
      NetworkSerialPort: { host: '127.0.0.1', port: serialPort, protocol: 'rfc2217', speed: 115200 },
      NetworkPowerPort: { model: 'rest', host: `http://127.0.0.1:${pduPort}/{index}`, index: '1' },
      NetworkService: { address: ssh.host, port: ssh.port, username: 'root' },
    },
  });
  begin('labgrid-exporter', '-c', coordinator, '-n', 'lab', join(directory, 'exporter.yaml'));
  client('create');
  client('add-match', 'lab/board/*');
  client('set-tags', 'board=virtual');
  await until('the exporter', async () => client('resources').stdout.includes('NetworkService'), startSeconds);
  const program = folder ? join(folder, 'labgrid-client') : 'labgrid-client';
  const options = { ...rest, coordinator, client: program, place: 'desk' };
  write('labgrid.yaml', {
    ...{ name: 'virtual-labgrid', target: 'labgrid', expects: ['power.cut', 'disk.offline'], options },
  });
  ready.push('labgrid.yaml');
}

/** @param {string} name @param {unknown} value */
function write(name, value) {
  writeFileSync(join(directory, name), stringify(value, { lineWidth: 0 }));
}

/** @param {string} program @param {string[]} argv */
function begin(program, ...argv) {
  const log = openSync(join(directory, 'lab.log'), 'a');
  const child = spawn(program, argv, { cwd: directory, env, stdio: ['ignore', log, log] });
  children.push(child);
  child.once('error', (error) => fail(error.message));
  child.once('exit', (code) => fail(`Ended with ${code}, see lab.log: ${program}`));
}

/** @param {string} program @param {string[]} argv */
function run(program, ...argv) {
  const done = spawnSync(program, argv, { env, encoding: 'utf8' });
  if (done.status !== 0) fail(`${done.error?.message ?? done.stderr}: ${program} ${argv.join(' ')}`);
  return done;
}

/** @param {number} port @returns {Promise<boolean>} */
function reachable(port) {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => done(false));
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
  });
}

function end() {
  spawnSync(process.execPath, [boardProgram, directory, 'down']);
  process.exit(0);
}
