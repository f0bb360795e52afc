import { bootedDeployment } from './deployment-name.ts';
import { listed, quoted, reporter, sample } from './evidence.ts';
import { etcConflict } from './etc-expectation.ts';
import type { Finding } from './finding.ts';
import type { Transition } from './transition.ts';

const live = reporter(10, 'live');

/** Units by which ostree says that finalize failed: itself, and at the next boot the one that reports it. */
const finalizeReports = ['ostree-finalize-staged.service', 'ostree-boot-complete.service'];

/** Oracle 10: nothing is worse than on a control boot of the same image, and the file system needs no repair beyond what a cut excuses. */
export function health(t: Transition): Finding[] {
  const found: Finding[] = [];
  const allowed = new Set([...t.control.failedUnits, ...(finalizeFailed(t) ? finalizeReports : [])]);
  const units = t.after.failedUnits.filter((unit) => !allowed.has(unit));
  if (units.length > 0)
    found.push(
      live.violation('unit-failed', `Failed here and not on a control boot: ${listed(units)}`, {
        units: sample(units),
      }),
    );

  const usual = new Set(t.control.kernelProblems.map(withoutTime));
  const lines = t.after.kernelProblems.filter((line) => !usual.has(withoutTime(line)));
  if (lines.length > 0)
    found.push(live.violation('kernel-problem', `The kernel complains: ${listed(lines)}`, { lines: sample(lines) }));

  for (const [rule, said] of byRule(t.consoleProblems))
    found.push(
      reporter(10, 'transition').violation(
        `console-${rule.replace(/[^a-z0-9-]/g, '-').slice(0, 40)}`,
        `Seen on the console: ${quoted(said[0] ?? '')}`,
        { rule, lines: sample(said) },
      ),
    );
  if (t.fsckProblems.length > 0)
    found.push(
      reporter(10, 'kernel').violation(
        'file-system-damaged',
        `The file system needs repair: ${listed(t.fsckProblems)}`,
        {
          problems: sample(t.fsckProblems),
        },
      ),
    );
  return found;
}

/** Finalize had to fail, or a fault made it: its failed units are how the system is meant to say so. */
function finalizeFailed(t: Transition): boolean {
  if (bootedDeployment(t.after)?.checksum !== t.from.commit) return false;
  if (etcConflict(t) !== undefined) return true;
  return t.fault?.position === 'before-commit' && ['finalize', 'boot-swap'].includes(t.fault.phaseHit ?? '');
}

/** Kernel log lines begin with seconds since boot, which differ from one boot to the next. */
function withoutTime(line: string): string {
  return line.replace(/^(<\d+>)?\[\s*\d+\.\d+\]\s*/, '');
}

function byRule(problems: Transition['consoleProblems']): Map<string, string[]> {
  const rules = new Map<string, string[]>();
  for (const { rule, line, expected } of problems) if (!expected) rules.set(rule, [...(rules.get(rule) ?? []), line]);
  return rules;
}
