import { expect } from 'chai';
import { Stage } from './stage.mjs';

const node = (script: string) => [process.execPath, '-e', script];

function stage(name: string, argv: readonly string[]) {
  const printed: string[] = [];
  const print = (data: string | Buffer) => void printed.push(data.toString());
  return { stage: new Stage(name, argv, { background: true, cwd: '.', print }), text: () => printed.join('') };
}

describe('stage in the background', () => {
  it('prints nothing before its turn, then all of it in order', async () => {
    const { stage: images, text } = stage('images', node('console.log("one"); console.error("two")'));
    expect(text()).to.equal('');
    expect(await images.finish()).to.equal(0);
    expect(text()).to.match(/^== images\n(one\ntwo|two\none)\n== images: passed, \d+ s\n\n$/);
  });

  it('gives the exit code on, and says so', async () => {
    const { stage: images, text } = stage('images', node('process.exit(3)'));
    expect(await images.finish()).to.equal(3);
    expect(text()).to.contain('== images: failed with 3');
  });

  it('has failed when it was killed or cannot start', async () => {
    expect(await stage('killed', node('process.kill(process.pid, "SIGKILL")')).stage.finish()).to.equal(1);
    const { stage: absent, text } = stage('absent', ['/no/such/program']);
    expect(await absent.finish()).to.equal(127);
    expect(text()).to.contain('ENOENT');
  });
});
