import { expect } from 'chai';
import { Deadline } from '../../harness/device/deadline.ts';
import type { HarnessError } from '../../harness/errors/harness-error.ts';
import { Dialogue } from '../means/serial/dialogue.ts';
import { goodWire, LossyPort, randomFrom, type Responder, type Wire } from '../means/serial/fixtures/lossy-terminal.ts';
import { boardOwnOptions } from './options.ts';
import { UBootPrompt } from './u-boot.ts';

const options = boardOwnOptions.shape.uBoot.parse(undefined);
const soon = (budgetMs = 20_000): Deadline => new Deadline('U-Boot', budgetMs);
const banner = '\r\n\r\nU-Boot 2023.01+dfsg-2+deb12u3 (Oct 05 2024 - 17:25:01 +0000)\r\n\r\nDRAM:  512 MiB\r\n';

/** U-Boot as far as it matters here: stops at a key, echoes, knows `printenv`, and repeats a command at an empty line, as it does. */
function uBoot(environment: Record<string, string>): Responder {
  let typed = '';
  let isStopped = false;
  let last = '';
  return (bytes, send) => {
    for (const character of bytes.toString('latin1')) {
      if (!isStopped) {
        isStopped = true;
        send('\b\b\b 0 \r\n=> ');
      } else if (character === '\u0003') {
        typed = '';
        send('<INTERRUPT>\r\n=> ');
      } else if (character === '\r') {
        last = typed === '' ? last : typed;
        typed = '';
        const [command, name = ''] = last.split(' ');
        const value = environment[name];
        const said =
          command === 'printenv' ? (value === undefined ? `## Error: "${name}" not defined` : `${name}=${value}`) : '';
        send(`\r\n${said}${said && '\r\n'}=> `);
      } else {
        typed += character;
        send(character);
      }
    }
  };
}

async function stopOn(
  wire: Wire,
  environment: Record<string, string>,
  says = 'Hit any key to stop autoboot:  2 ',
): Promise<UBootPrompt> {
  const port = new LossyPort(wire, uBoot(environment));
  const means = {
    dialogue: (...[at, how]: ConstructorParameters<typeof Dialogue>) => new Dialogue(at, { ...how, answerMs: 150 }),
  };
  return UBootPrompt.stop(port, 'board-a', options, means, async () => port.send(`${banner}${says}`), soon(1500));
}

describe('U-Boot prompt', function () {
  this.timeout(60_000);

  it('stops autoboot and reads the environment', async () => {
    const prompt = await stopOn(goodWire, { 'serial#': '000123', bootcmd: 'run distro_bootcmd' });
    expect(await prompt.variable('serial#', soon())).to.equal('000123');
    expect(await prompt.variable('bootcount', soon())).to.equal(undefined);
    expect(await prompt.variable('bootcmd', soon())).to.equal('run distro_bootcmd');
  });

  it('types until the echo is right, over a wire that loses and doubles bytes', async () => {
    const prompt = await stopOn(goodWire, { 'serial#': '000123' });
    prompt.close();
    for (let seed = 1; seed <= 5; seed++) {
      const wire = { random: randomFrom(seed), drop: 0.01, double: 0.01, split: 0.5 };
      const port = new LossyPort(wire, uBoot({ name: 'x'.repeat(30) }));
      const dialogue = new Dialogue(port, { name: 'board-a', prompt: /=> $/, answerMs: 100 });
      port.send(' ');
      await port.write(Buffer.from('  '));
      await dialogue.type('printenv name', soon());
      dialogue.close();
    }
  });

  it('says what it heard when there is no prompt', async () => {
    const error = await stopOn(goodWire, {}, 'Starting kernel ...\r\n').catch(
      (reason: unknown) => reason as HarnessError,
    );
    expect(error).to.include({ code: 'deadline' });
    const silent = new LossyPort(goodWire, () => undefined);
    const means = { dialogue: (...[at, how]: ConstructorParameters<typeof Dialogue>) => new Dialogue(at, how) };
    const waiting = UBootPrompt.stop(silent, 'board-a', options, means, async () => undefined, soon(100));
    expect(await waiting.catch((reason: unknown) => (reason as HarnessError).code)).to.equal('deadline');
  });
});
