import { expect } from 'chai';
import { bootMenuOf, grubBootCounting as menu, pickEntry, plainBootMenu, uBootCounting } from './boot-menu.ts';

describe('boot menu grub-boot-counting', () => {
  const shown = ['ostree-3.conf', 'ostree-2.conf', 'ostree-1.conf'];
  const pick = (environment: Record<string, string>, broken: string[] = [], entries = shown): string | undefined =>
    pickEntry(menu, entries, environment, (file) => !broken.includes(file));

  it('shows ostree-9 to ostree-1, the highest first, and nothing else', () => {
    const files = ['ostree-1.conf', 'ostree-10.conf', 'ostree-9.conf', 'ostree-2.conf', 'ostree-2.conf~', 'x.conf'];
    expect(menu.shown(files)).to.deep.equal(['ostree-9.conf', 'ostree-2.conf', 'ostree-1.conf']);
  });

  const cases: [string, Record<string, string>, string][] = [
    ['nothing is counted', {}, 'ostree-3.conf'],
    ['attempts are left', { boot_counter: '2', boot_success: '0' }, 'ostree-3.conf'],
    ['the last attempt is left', { boot_counter: '1' }, 'ostree-3.conf'],
    ['the counter is 0', { boot_counter: '0', boot_success: '0' }, 'ostree-2.conf'],
    ['the counter is -1', { boot_counter: '-1' }, 'ostree-2.conf'],
    ['the boot was good', { boot_counter: '0', boot_success: '1' }, 'ostree-3.conf'],
    ['the counter is empty', { boot_counter: '', boot_success: '0' }, 'ostree-3.conf'],
  ];
  for (const [what, environment, expected] of cases)
    it(`picks ${expected} when ${what}`, () => expect(pick(environment)).to.equal(expected));

  it('falls back from an entry that cannot be loaded, both ways, and no further than GRUB does', () => {
    expect(pick({}, ['ostree-3.conf'])).to.equal('ostree-2.conf');
    expect(pick({ boot_counter: '0' }, ['ostree-2.conf'])).to.equal('ostree-3.conf');
    expect(pick({}, ['ostree-3.conf', 'ostree-2.conf'])).to.equal(undefined);
  });

  it('has no rollback with one entry, and no default with none', () => {
    expect(pick({ boot_counter: '0' }, [], ['ostree-1.conf'])).to.equal('ostree-1.conf');
    expect(pick({}, [], [])).to.equal(undefined);
  });
});

describe('boot menu u-boot-counting', () => {
  const pick = (environment: Record<string, string>, broken = '', shown = ['ostree-2.conf', 'ostree-1.conf']) =>
    pickEntry(uBootCounting, shown, environment, (file) => file !== broken);
  const counted = (bootcount: string, upgrade_available = '1'): Record<string, string> => ({
    bootcount,
    bootlimit: '2',
    upgrade_available,
  });

  const cases: [string, Record<string, string>, string][] = [
    ['there is no environment', {}, 'ostree-2.conf'],
    ['no boot was counted yet', counted('0'), 'ostree-2.conf'],
    ['the last attempt is left', counted('1'), 'ostree-2.conf'],
    ['the attempts are used up', counted('2'), 'ostree-1.conf'],
    ['the fallback has run', counted('3'), 'ostree-1.conf'],
    ['nothing is counted any more', counted('3', '0'), 'ostree-2.conf'],
    ['the count is no number', counted('two'), 'ostree-2.conf'],
  ];
  for (const [what, environment, expected] of cases)
    it(`picks ${expected} when ${what}`, () => expect(pick(environment)).to.equal(expected));

  it('has each entry for the fallback of the other', () => {
    expect(pick({}, 'ostree-2.conf')).to.equal('ostree-1.conf');
    expect(pick(counted('2'), 'ostree-1.conf')).to.equal('ostree-2.conf');
    expect(pick(counted('2'), '', ['ostree-1.conf'])).to.equal('ostree-1.conf');
    expect(pick({}, '', [])).to.equal(undefined);
  });
});

describe('boot menu bls', () => {
  it('shows the entries that ostree numbered first, by number, whatever the stateroot', () => {
    const files = ['ostree-1-os.conf', 'ostree-10.conf', 'a.conf', 'ostree-2-os.conf', 'b.conf', 'ostree-3.conf~'];
    expect(plainBootMenu.shown(files)).to.deep.equal([
      'ostree-10.conf',
      'ostree-2-os.conf',
      'ostree-1-os.conf',
      'b.conf',
      'a.conf',
    ]);
  });

  it('falls back to nothing', () => {
    const pick = (broken: string): string | undefined =>
      pickEntry(plainBootMenu, ['ostree-2.conf', 'ostree-1.conf'], {}, (file) => file !== broken);
    expect([pick(''), pick('ostree-2.conf')]).to.deep.equal(['ostree-2.conf', undefined]);
  });

  it('is found by its kind', () => {
    expect(bootMenuOf('bls')).to.equal(plainBootMenu);
    expect(() => bootMenuOf('other')).to.throw('No such boot menu: other');
  });
});
