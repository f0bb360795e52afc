import type { Observation } from '../observe/observation.ts';
import { bootedDeployment } from './deployment-name.ts';
import { listed, reporter, sample } from './evidence.ts';
import type { Finding } from './finding.ts';
import type { Transition } from './transition.ts';

const { violation } = reporter(11, 'live');

/** Units that come and go by themselves: sessions, commands run as units, and services that end when idle. */
const unsteady =
  /@|^(run-|session-|user-)|\.(scope|slice|timer|device|mount|automount|swap|target|path)$|^systemd-(hostnamed|localed|timedated|tmpfiles-clean)\.service$/;

/** Oracle 11: while an update is staged, the running system stays the one it was. */
export function runningUnchanged(t: Transition): Finding[] {
  const staged = t.staged ?? (t.kind === 'stage-only' ? t.after : undefined);
  if (staged === undefined) return [];
  const { before } = t;
  const found: Finding[] = [];
  const check = (code: string, what: string, was: unknown, is: unknown) => {
    if (was !== undefined && is !== undefined && was !== is)
      found.push(violation(code, `Changed while an update was staged: ${what}`, { was, is }));
  };
  check('boot-changed-while-staged', 'the boot id', before.bootId, staged.bootId);
  check('boot-changed-while-staged', "systemd's soft-reboot counter", before.softReboots, staged.softReboots);
  check(
    'booted-changed-while-staged',
    'the booted deployment',
    bootedDeployment(before)?.checksum ?? 'none',
    bootedDeployment(staged)?.checksum ?? 'none',
  );
  check('usr-changed-while-staged', '/usr', before.usr?.checksum, staged.usr?.checksum);
  const differences = staged.usr?.differences.filter((line) => !before.usr?.differences.includes(line)) ?? [];
  if (differences.length > 0)
    found.push(
      violation('usr-changed-while-staged', `Changed while an update was staged: ${listed(differences)}`, {
        differences: sample(differences),
      }),
    );
  check('kernel-changed-while-staged', 'the kernel release', before.kernelRelease, staged.kernelRelease);
  check('kernel-changed-while-staged', 'the build id of the kernel', before.kernelBuildId, staged.kernelBuildId);
  check('cmdline-changed-while-staged', "the kernel's command line", before.cmdline, staged.cmdline);
  return [...found, ...services(before, staged)];
}

function services(before: Observation, staged: Observation): Finding[] {
  const were = steadyUnits(before);
  const are = steadyUnits(staged);
  const stopped = [...were.keys()].filter((unit) => !are.has(unit));
  const restarted = [...were].filter(
    ([unit, pid]) => pid !== '' && (are.get(unit) ?? '') !== '' && are.get(unit) !== pid,
  );
  if (stopped.length + restarted.length === 0) return [];
  const names = [...stopped, ...restarted.map(([unit]) => unit)];
  return [
    violation('service-changed-while-staged', `Stopped or restarted while an update was staged: ${listed(names)}`, {
      stopped: sample(stopped),
      restarted: sample(restarted.map(([unit, pid]) => `${unit}: pid ${pid}, then ${are.get(unit)}`)),
    }),
  ];
}

/** Unit name to main pid ('' for none). `sshd.service 412`, `sshd.service=412` and `sshd.service` are understood. */
function steadyUnits({ activeUnits }: Observation): Map<string, string> {
  const units = activeUnits.map((line) => /^(.*?)(?:[\s=:]+(\d+))?\s*$/s.exec(line) ?? []);
  return new Map(units.map(([, unit = '', pid = '']) => [unit, pid] as const).filter(([unit]) => !unsteady.test(unit)));
}
