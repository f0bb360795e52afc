import { expect } from 'chai';
import type { Deployment } from '../observe/observation.ts';
import type { ClientResult } from '../update/update-client.ts';
import type { DeviceSession } from './device-session.ts';
import type { SessionImage } from './image-source.ts';
import { atOnce, lastWord, type Ran } from './race.ts';

const client: ClientResult = { exitCode: 0, saidSuccess: true, output: '', durationMs: 0 };
const image = (name: string) => ({ name, commit: name }) as SessionImage;
const ran = (kind: Ran['kind'], name: string): Ran => ({ kind, to: image(name), client, fromMs: 0, toMs: 1 });
const deployment = (checksum: string, more: Partial<Deployment> = {}) =>
  ({ checksum, booted: false, staged: false, ...more }) as Deployment;

/** Racers that end when they are told to, on a server whose pull is in its middle when it is told to. */
function racers() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  let reach: () => void = () => undefined;
  const server = { objectsServed: () => new Promise<void>((resolve) => (reach = resolve)) };
  const racer = (kind: Ran['kind'], name: string) => ({
    kind,
    to: image(name),
    run: () => {
      begun.push(name);
      return new Promise<ClientResult>((resolve) => ends.set(name, () => resolve(client)));
    },
  });
  const session = { environment: { server } } as unknown as DeviceSession;
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { session, racer, begun, end: (name: string) => ends.get(name)!(), reach: () => reach(), turn };
}

describe('a race of a timer with a command', () => {
  it('begins the second in the middle of the first, and ends with both', async () => {
    const { session, racer, begun, end, reach, turn } = racers();
    const race = atOnce(session, [racer('update', 'v2'), racer('switch', 'v2b')]);
    await turn();
    expect(begun).to.deep.equal(['v2']);
    reach();
    await turn();
    expect(begun).to.deep.equal(['v2', 'v2b']);
    end('v2b');
    await turn();
    end('v2');
    expect((await race).map(({ to }) => to.name)).to.deep.equal(['v2', 'v2b']);
  });

  it('does not wait for the pull of a rollback, which pulls nothing', async () => {
    const { session, racer, begun, end, turn } = racers();
    const race = atOnce(session, [racer('rollback', 'v1'), racer('update', 'v2')]);
    await turn();
    expect(begun).to.deep.equal(['v1', 'v2']);
    end('v1');
    end('v2');
    await race;
  });

  it('is none when the first had ended before the second began', async () => {
    const { session, racer, end, turn } = racers();
    const race = atOnce(session, [racer('update', 'v2'), racer('switch', 'v2b')]).catch((error: unknown) => error);
    end('v2');
    await turn();
    end('v2b');
    expect(await race).to.have.property('code', 'fault-without-effect');
  });

  it('hands on a failure only when neither runs any more', async () => {
    const { session, racer, end, turn } = racers();
    const lost = { ...racer('rollback', 'v1'), run: () => Promise.reject(new Error('lost')) };
    let isOver = false;
    const race = atOnce(session, [lost, racer('update', 'v2')])
      .catch((error: Error) => error.message)
      .finally(() => (isOver = true));
    await turn();
    expect(isOver, 'over while the other one runs').to.equal(false);
    end('v2');
    expect(await race).to.equal('lost');
  });
});

describe('who had the last word', () => {
  const both = [ran('update', 'v2b'), ran('rollback', 'v1')];
  const rollback = deployment('v1');
  const booted = deployment('v2', { booted: true });
  const staged = deployment('v2b', { staged: true });

  it('is whose system waits for the next boot: staged, or else first in order', () => {
    expect(lastWord([staged, booted, rollback], both)?.kind).to.equal('update');
    expect(lastWord([rollback, staged, booted], both)?.kind, 'staged behind a queued rollback').to.equal('update');
    expect(lastWord([rollback, booted], both)?.kind).to.equal('rollback');
  });

  it("is nobody's when what ran runs on, or a third system is to come", () => {
    expect(lastWord([booted, rollback], both)).to.equal(undefined);
    expect(lastWord([deployment('v4', { staged: true }), rollback], both)).to.equal(undefined);
    expect(lastWord([], both)).to.equal(undefined);
  });
});
