import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

describe('what the arm64 device changes in the scripts of the reference device', () => {
  let build: string;
  beforeEach(() => {
    build = mkdtempSync(join(tmpdir(), 'bootproof-adapt-'));
    cpSync(join(here, '../reference'), join(build, 'reference'), { recursive: true, verbatimSymlinks: true });
    cpSync(join(here, 'overlay'), join(build, 'arm64/overlay'), { recursive: true });
    mkdirSync(join(build, 'device/usr/bin'), { recursive: true });
  });
  afterEach(() => rmSync(build, { recursive: true }));

  /** As in the builder root, but for its place and its /etc. */
  const adapt = () => {
    const script = readFileSync(join(here, 'adapt.sh'), 'utf8')
      .replace('cd /build', 'cd "$1"')
      .replace('cp -a /etc device/etc', 'mkdir -p device/etc');
    return spawnSync('sh', ['-c', script, 'sh', build], { encoding: 'utf8' });
  };
  const text = (name: string): string => readFileSync(join(build, 'reference', name), 'utf8');
  const scripts = ['shape.sh', 'tune.sh', 'boot-disk.sh', 'disk.sh', 'initramfs/build.sh'];

  it('applies to them as they are, and leaves nothing of the other machine', () => {
    const { status, stderr } = adapt();
    expect(stderr).to.equal('');
    expect(status).to.equal(0);
    for (const name of scripts) {
      expect(spawnSync('sh', ['-n', join(build, 'reference', name)]).status, name).to.equal(0);
      expect(text(name), name).not.to.match(/ttyS0|x86_64-linux-gnu|i386|grub-mkimage|grub-editenv "|ldconfig -r/);
    }
    expect(text('boot-disk.sh')).to.match(/name=env, .*\n.*name=boot, .*attrs=LegacyBIOSBootable\n/);
    expect(text('boot-disk.sh')).to.match(/^TABLE\n {2}dd if=env\.img /m);
    const health = text('overlay/base/usr/libexec/bootproof/boot-health');
    expect(health).to.contain('counter=$(/usr/libexec/bootproof/boot-counter left)').and.not.to.contain('grub');
  });

  it('fails where a script is another one than it was written for', () => {
    writeFileSync(join(build, 'reference/tune.sh'), text('tune.sh').replaceAll('ttyS0', 'console'));
    const { status, stderr } = adapt();
    expect(status).to.equal(1);
    expect(stderr).to.contain('nothing to change in tune.sh');
  });
});
