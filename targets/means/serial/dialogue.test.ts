import { expect } from 'chai';
import type { ConsolePort } from '../../../harness/device/console.ts';
import { Deadline } from '../../../harness/device/deadline.ts';
import type { HarnessError } from '../../../harness/errors/harness-error.ts';
import { Dialogue } from './dialogue.ts';

describe('dialogue', () => {
  it('keeps its deadline on a wire that takes no bytes', async () => {
    // A serial server that has suspended the flow, a terminal whose other end does not read.
    const stuck: ConsolePort = { onData: () => () => undefined, write: () => new Promise(() => undefined) };
    const dialogue = new Dialogue(stuck, { name: 'board-a', prompt: /# $/, answerMs: 20, attempts: 2 });
    const error = await dialogue.prompt(new Deadline('the wire', 2000)).catch((reason: unknown) => reason);
    expect((error as HarnessError).code).to.equal('console-unusable');
  });
});
