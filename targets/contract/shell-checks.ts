import { createHash, randomBytes } from 'node:crypto';
import { Deadline } from '../../harness/device/deadline.ts';
import { AbortError, DeadlineError } from '../../harness/errors/harness-error.ts';
import { must, type ContractCheck } from './contract-run.ts';

/** What an adapter for a shell must be able to run; an adapter without a real `sh` answers these by their text. */
export const contractScripts = {
  bothStreams: `printf 'out\\n'; printf 'err\\n' >&2; exit 7`,
  parameters: `printf '[%s]' "$@"`,
  writeDurably: `printf '%s' "$1" > "$2" && sync`,
  count: `seq "$1"`,
  /** $1: a nonce, $2: how many lines. */
  speakOnConsole: `i=0; while [ $i -lt "$2" ]; do echo "$1-$i." > /dev/console; i=$((i+1)); done`,
} as const;

const words = [
  "it's",
  '$HOME',
  '`id`',
  '$(id)',
  'a b',
  '*',
  '\\n\\',
  '"',
  ';',
  '&& false',
  '|',
  '>',
  '',
  'é\n',
  '-n',
  '#',
  '~',
  '!',
];
const bracketed = words.map((word) => `[${word}]`).join('');

export const shellChecks: readonly ContractCheck[] = [
  {
    name: 'answers a fresh nonce over a new connection',
    needs: ['shell'],
    async check(run) {
      await run.connect();
      const nonce = randomBytes(8).toString('hex');
      const { exitCode, stdout } = await run.run(['echo', nonce]);
      must(exitCode === 0 && stdout.toString() === `${nonce}\n`, `Nonce not answered: exit status ${exitCode}`);
      await run.noteBootId();
    },
  },
  {
    name: 'speaks to the device that was provisioned',
    needs: ['shell'],
    async check(run) {
      const { identity } = run.bench.request;
      const key = Buffer.from(identity.hostPublicKey.split(' ')[1] ?? '', 'base64');
      const pinned = `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
      must(run.shell.hostKey === pinned, `Another host key: ${run.shell.hostKey}, provisioned ${pinned}`);
      const { stdout } = await run.run(['cat', '/etc/machine-id']);
      const found = stdout.toString().trim();
      must(found === identity.machineId, `Another machine id: ${found}, provisioned ${identity.machineId}`);
    },
  },
  {
    name: 'gives exit status and both streams as they are',
    needs: ['shell'],
    async check(run) {
      const both = await run.script(contractScripts.bothStreams);
      must(both.exitCode === 7, `Exit status ${both.exitCode}, the script ended with 7`);
      must(both.stdout.toString() === 'out\n', `Standard output not exact: ${JSON.stringify(both.stdout.toString())}`);
      must(both.stderr.toString() === 'err\n', `Standard error not exact: ${JSON.stringify(both.stderr.toString())}`);
      must((await run.run(['false'])).exitCode === 1, 'Exit status of false is not 1');
      must((await run.run(['true'])).exitCode === 0, 'Exit status of true is not 0');
    },
  },
  {
    name: 'passes words verbatim',
    needs: ['shell'],
    async check(run) {
      const { stdout } = await run.run(['printf', '[%s]', ...words]);
      must(stdout.toString() === bracketed, `Words changed on their way: ${JSON.stringify(stdout.toString())}`);
      const script = await run.script(contractScripts.parameters, ...words);
      must(script.stdout.toString() === bracketed, `Parameters changed: ${JSON.stringify(script.stdout.toString())}`);
    },
  },
  {
    name: 'passes standard input byte for byte, and ends it',
    needs: ['shell'],
    async check(run) {
      const bytes = Buffer.from(Array.from({ length: 1024 }, (_, index) => index % 256));
      const { stdout } = await run.run(['cat'], bytes);
      must(stdout.equals(bytes), `Standard input changed: ${stdout.length} bytes came back of ${bytes.length}`);
    },
  },
  {
    name: 'bounds what a command may say',
    needs: ['shell'],
    async check(run) {
      const argv = ['head', '-c', '100000', '/dev/zero'];
      const bounded = await run.short('run head', (deadline) => run.shell.run(argv, { deadline, maxBytes: 1000 }));
      must(bounded.stdout.length <= 1000, `Bound of 1000 bytes not kept: ${bounded.stdout.length}`);
      must(bounded.truncated, 'Output thrown away in silence: truncated is not set');
      const whole = await run.run(argv);
      must(whole.stdout.length === 100000 && !whole.truncated, `Output cut: ${whole.stdout.length} bytes of 100000`);
    },
  },
  {
    name: 'streams what a script says, whole',
    needs: ['shell'],
    async check(run) {
      const count = 20_000;
      const chunks = await run.short('stream', async (deadline) => {
        const all: Buffer[] = [];
        for await (const chunk of run.shell.stream(contractScripts.count, [String(count)], { deadline }))
          all.push(chunk);
        return all;
      });
      const expected = Array.from({ length: count }, (_, index) => `${index + 1}\n`).join('');
      const streamed = Buffer.concat(chunks).toString();
      must(streamed === expected, `Stream not whole: ${streamed.length} bytes of ${expected.length}, or others`);
    },
  },
  {
    name: 'keeps the deadline of a command, and ends when a person aborts',
    needs: ['shell'],
    async check(run) {
      const sleep = (deadline: Deadline) => run.shell.run(['sleep', '3600'], { deadline });
      const caught = (work: (deadline: Deadline) => Promise<unknown>) =>
        run.call('a command that sleeps', 300, work).then(
          () => undefined,
          (reason: unknown) => reason,
        );
      const late = await caught(sleep);
      must(late !== undefined, 'A command of an hour ended at once');
      if (!(late instanceof DeadlineError)) throw late;
      const aborted = await caught(() => sleep(new Deadline('sleep', 60_000, AbortSignal.timeout(50))));
      if (!(aborted instanceof AbortError)) throw aborted;
      must((await run.run(['true'])).exitCode === 0, 'The connection is of no use after a deadline');
    },
  },
  {
    name: 'gives the console of the device that the shell is on, whole',
    needs: ['shell', 'console'],
    async check(run) {
      const nonce = randomBytes(8).toString('hex');
      const lines = Array.from({ length: 200 }, (_, index) => `${nonce}-${index}.`);
      await run.script(contractScripts.speakOnConsole, nonce, String(lines.length));
      // A kernel line may stand in the middle of one of these.
      const said = () => run.consoleText.replace(/\[ {0,6}\d+\.\d{6}\][^\n]*\n/g, '');
      await run.eventually(() => said().includes(lines.at(-1) ?? ''));
      const all = said();
      const counts = lines.map((line) => all.split(line).length - 1);
      must(
        counts.some((count) => count > 0),
        'The console is not of the device that the shell is on: nothing of it came',
      );
      must(
        counts.every((count) => count > 0),
        `Console lost ${counts.filter((count) => count === 0).length} of 200 lines`,
      );
      must(
        counts.every((count) => count === 1),
        'Console repeated lines',
      );
    },
  },
  {
    name: 'cuts the network and restores it',
    needs: ['shell', 'network.cut'],
    async check(run) {
      await run.short('network down', (deadline) => run.target.network('down', deadline));
      const silent = await run
        .call('echo without network', run.adapts.commandMs, (deadline) => run.shell.run(['echo', 'x'], { deadline }))
        .catch((error: unknown) => error);
      const answered =
        typeof silent === 'object' && silent !== null && 'exitCode' in silent && silent.exitCode !== null;
      must(!answered, 'The shell answers while the network is cut');
      await run.short('network up', (deadline) => run.target.network('up', deadline));
      await run.connect();
    },
  },
];
