import { expect } from 'chai';
import type { Manifest, Observation } from '../observe/observation.ts';
import { controlFrom, withoutLocal } from './control-run.ts';
import type { SessionImage } from './image-source.ts';

const file = (sha: string): Manifest[string] => ({
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 1,
  sha256: sha.repeat(64),
});

describe('control run', () => {
  const image = { defaultEtc: { group: file('a'), hosts: file('b'), 'ssh/old': file('c') } } as unknown as SessionImage;
  const observed = {
    etc: { group: file('d'), hosts: file('b'), 'ssh/new': file('e'), 'machine-id': file('f') },
    var: { '': file('0'), 'log/wtmp': file('1') },
    failedUnits: ['a.service'],
    kernelProblems: [],
  } as unknown as Observation;

  it('lists what the system wrote: changed, new and removed paths, and nothing that was injected or is as shipped', () => {
    const { etcWritten, varWritten, failedUnits } = controlFrom(image, observed);
    expect(etcWritten.filter((path) => !path.includes('.#'))).to.deep.equal(['group', 'ssh/new', 'ssh/old']);
    expect(varWritten).to.deep.equal(['log/wtmp']);
    expect(failedUnits).to.deep.equal(['a.service']);
  });

  it('counts the identity of the device to what the system wrote, where /etc is made at every boot', () => {
    expect(controlFrom({ ...image, etcPolicy: 'transient' }, observed).etcWritten).to.include('machine-id');
    expect(controlFrom({ ...image, etcPolicy: 'merge' }, observed).etcWritten).not.to.include('machine-id');
  });

  it('excuses none of the files that were put there for the device to keep', () => {
    const { etcWritten } = withoutLocal(controlFrom(image, observed), ['ssh/new', 'hosts']);
    expect(etcWritten).to.deep.equal(['group', 'ssh/old', '.#group*', 'ssh/.#old*']);
  });

  it('excuses the unfinished copies of just these files', () => {
    const { etcWritten } = controlFrom(image, observed);
    expect(etcWritten).to.include('.#group*').and.to.include('ssh/.#new*').and.not.to.include('.#hosts*');
  });
});
