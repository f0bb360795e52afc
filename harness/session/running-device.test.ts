import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakePort } from '../console/fixtures/fake-port.ts';
import { Deadline } from '../device/deadline.ts';
import type { Target } from '../device/target.ts';
import { RunningDevice } from './running-device.ts';

describe('a running device', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'running-device-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  it('that reboots is left alone until its console shows a start', async () => {
    const port = new FakePort();
    let isUp = false;
    const logins: boolean[] = [];
    const shell = {
      script: () => Promise.resolve({ exitCode: 0, stdout: Buffer.from(`${isUp ? 'new' : 'old'}\nrunning\n`) }),
      close: () => undefined,
    };
    const connect = () => {
      logins.push(isUp);
      return Promise.resolve(shell);
    };
    const target = { name: 'bench', console: port, connect } as unknown as Target;
    const device = new RunningDevice(target, directory, { step: () => undefined, consoleLine: () => undefined });
    try {
      const settled = device.settle('old', 0, new Deadline('a reboot', 5000));
      port.send('Stopping services\r\n');
      await new Promise((resolve) => setImmediate(resolve));
      expect(logins).to.deep.equal([]);
      isUp = true;
      port.send('SeaBIOS (version 1.16.3)\r\n');
      expect((await settled).bootId).to.equal('new');
      expect(logins).to.deep.equal([true]);
    } finally {
      await device.close();
    }
  });
});
