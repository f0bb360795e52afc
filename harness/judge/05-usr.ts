import type { SystemView } from '../observe/observation.ts';
import { imageWords } from './deployment-name.ts';
import { listed, reporter, sample } from './evidence.ts';
import type { Finding } from './finding.ts';
import type { ImageExpectation, Transition } from './transition.ts';

/** Oracle 5: /usr is what was shipped, mounted read-only, and refuses to be written to; the update client finds its objects whole. */
export function usr(t: Transition): Finding[] {
  const { violation, note } = reporter(5, 'live');
  const found = t.offline?.kernel.usr ? verified(t, t.offline.kernel) : [];
  found.push(...verified(t, t.after));
  if (!t.after.usrReadOnly) found.push(violation('usr-not-read-only', 'Mounted for writing: /usr'));
  if (!t.after.usrWriteRefused) found.push(violation('usr-write-accepted', 'A file could be made: /usr'));
  found.push(...sealed(t));
  const { command, outcome, problems = [] } = t.after.clientCheck ?? {};
  // What it had to say before the update is not the update's.
  if (outcome === 'problems' && t.before.clientCheck?.outcome !== 'problems')
    found.push(
      violation('client-check-failed', `${command} found: ${listed(problems)}`, { problems: sample(problems) }),
    );
  if (outcome === 'not-ended') found.push(note('client-check-not-ended', `Given up: ${command}`));
  return found;
}

/** What the image that runs was sealed with has to be what the kernel asks of it; else whatever replaces a file of it goes unseen. */
function sealed(t: Transition): Finding[] {
  const { violation, note } = reporter(5, 'live');
  const { composefs, deployments } = t.after;
  const running = deployments.find(({ booted }) => booted)?.checksum;
  const { name, seal }: Partial<ImageExpectation> = [t.to, t.from].find(({ commit }) => commit === running) ?? {};
  if (!seal) return [];
  if (!composefs) return [violation('usr-not-sealed', `No composefs image, though ${name} is one: the root`)];
  if (seal.verity && !composefs.verityRequired)
    return [violation('usr-not-sealed', `Mounted without fs-verity, though ${name} asks for it: the root`)];
  if (composefs.digest === undefined)
    return seal.verity ? [note('usr-seal-not-measured', 'No fs-verity digest was told: the composefs image')] : [];
  if (composefs.digest === seal.composefs) return [];
  return [
    violation('usr-seal-of-another', `Another composefs image than that of ${name}: the root`, {
      expected: seal.composefs,
      found: composefs.digest,
    }),
  ];
}

function verified(t: Transition, { view, usr }: SystemView): Finding[] {
  const { violation, note } = reporter(5, view);
  // Nobody looked: no ground to blame the product, and none to call it clean either.
  if (usr === undefined || (usr.filesVerified === 0 && usr.differences.length === 0))
    return [note('usr-not-verified', 'No file of it was compared with the commit: /usr', { method: usr?.method })];
  if (usr.differences.length === 0) return [];
  return [
    violation('usr-modified', `/usr differs from ${imageWords(t, usr.checksum)}: ${listed(usr.differences)}`, {
      checksum: usr.checksum,
      method: usr.method,
      filesVerified: usr.filesVerified,
      differences: sample(usr.differences),
    }),
  ];
}
