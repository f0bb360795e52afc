import { expect } from 'chai';
import { DeviceConsole } from './console.ts';
import { bootBytes, bootChunks } from './fixtures/boot-recording.ts';
import { FakePort } from './fixtures/fake-port.ts';
import { scratchDirectory } from './fixtures/scratch-directory.ts';
import { HealthWatch } from './health-watch.ts';
import { Transcript } from './transcript.ts';

describe('HealthWatch', () => {
  let scratch: ReturnType<typeof scratchDirectory>;
  let transcript: Transcript;
  let port: FakePort;
  let console: DeviceConsole;
  const open = (limits = {}) => {
    transcript = Transcript.create(scratch.path, limits);
    console = new DeviceConsole(port, transcript);
  };
  beforeEach(() => {
    scratch = scratchDirectory();
    port = new FakePort();
  });
  afterEach(() => {
    console.close();
    transcript.close();
    scratch.remove();
  });
  const boot = () => {
    for (const { chunk } of bootChunks()) port.send(chunk);
    port.send('\r\n');
  };

  it('proves a reboot by the console, and names one that nobody asked for', () => {
    open();
    const watch = new HealthWatch(console);
    boot();
    const beforeReboot = console.length;
    expect(watch.bootsSince(0)).to.have.length(1);
    expect(watch.bootsSince(beforeReboot)).to.have.length(0);
    boot();
    expect(watch.bootsSince(beforeReboot)).to.have.length(1);
    expect(watch.problemsSince(0, { expectedBoots: 2 })).to.deep.equal([]);
    const [reset, ...others] = watch.problemsSince(0, { expectedBoots: 1 });
    expect(others).to.deep.equal([]);
    expect(reset).to.include({ rule: 'unexpected-reset' });
    expect(reset?.offset).to.be.at.least(beforeReboot);
  });

  it('reads what came before it', () => {
    open();
    port.send(bootBytes.subarray(0, 700));
    const watch = new HealthWatch(console);
    port.send(bootBytes.subarray(700));
    expect(watch.bootsSince(0).map(({ kernel }) => kernel?.release)).to.deep.equal(['6.12.117+deb13-cloud-amd64']);
  });

  it('sees the last words of a device, before any newline', () => {
    open();
    const watch = new HealthWatch(console);
    port.send('[    9.1] Kernel panic - not');
    expect(watch.problemsSince(0, { expectedBoots: 0 })).to.deep.equal([]);
    port.send(' syncing: x');
    expect(watch.problemsSince(0, { expectedBoots: 0 }).map(({ rule }) => rule)).to.deep.equal(['panic']);
    expect(watch.problemsSince(1, { expectedBoots: 0 })).to.deep.equal([]);
  });

  it('reports a flood: what was dropped may have been a panic', () => {
    open({ bytesPerSecond: 10 });
    const watch = new HealthWatch(console);
    port.send('a flood of bytes\n', 1);
    expect(watch.problemsSince(0, { expectedBoots: 0 }).map(({ rule }) => rule)).to.deep.equal(['flood']);
  });

  it('is bounded against a device that repeats itself', () => {
    open();
    const watch = new HealthWatch(console);
    for (let index = 0; index < 1500; index += 1) port.send('[    9.1] I/O error, dev vda, sector 1\n');
    expect(watch.problemsSince(0, { expectedBoots: 0 })).to.have.length(1000);
    expect(watch.omitted).to.equal(500);
  });
});
