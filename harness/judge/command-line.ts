import type { Deployment } from '../observe/observation.ts';
import { crossedPick } from './crossed-pick.ts';
import { deploymentName } from './deployment-name.ts';
import { pickedEntry } from './picked-entry.ts';
import { listed, quoted, reporter, sample } from './evidence.ts';
import type { Finding } from './finding.ts';
import type { Transition } from './transition.ts';

const { violation } = reporter(1, 'live');

/** Arguments of a kernel command line; boot loaders differ in how they quote, so quotes and backslashes do not count. */
function kernelArguments(line: string): string[] {
  return (line.match(/(?:"[^"]*"|\S)+/g) ?? []).map((argument) => argument.replace(/["\\]/g, ''));
}

/** Part of oracle 1: /proc/cmdline is what the booted deployment's entry says, and its `ostree=` leads to that deployment. */
export function judgeCommandLine(t: Transition, booted: Deployment): Finding[] {
  const name = deploymentName(booted);
  const running = kernelArguments(t.after.cmdline);
  // Without a reboot the entries may have been written anew (a rollback does so at once): what was booted is what stood there before.
  const { entries } = t.after.bootId === t.before.bootId ? t.before.boot : t.after.boot;
  return [
    ...judgePath(t, running, name, entries),
    ...judgeOptions(running, name, entries),
    ...judgeLocal(t, booted, running),
  ];
}

type Entries = Transition['after']['boot']['entries'];

function judgePath(t: Transition, running: readonly string[], name: string, entries: Entries): Finding[] {
  const path = running.find((argument) => argument.startsWith('ostree='))?.slice('ostree='.length);
  const entry = entries.find(({ ostreePath }) => path !== undefined && ostreePath === path);
  // After a cut the firmware may have picked from a /boot without replay, and the entry is gone from the one after it: the path still leads somewhere.
  const leadsTo = entry ? entry.resolvesTo : pickedByFirmware(t, path);
  if (leadsTo === name) return [];
  // A fallback that makes itself permanent writes the entries anew while it runs: boot version and index change, the rest must not.
  const rewritten = entries.some(({ ostreePath, resolvesTo }) => resolvesTo === name && sameBootLink(ostreePath, path));
  if (t.kind === 'automatic-rollback' && leadsTo === undefined && rewritten) return [];
  return [
    violation(
      'booted-deployment-mismatch',
      `ostree=${quoted(path ?? '')} leads to ${quoted(leadsTo ?? 'nothing')}, booted is ${quoted(name)}`,
      { path, leadsTo, booted: name },
    ),
  ];
}

/** Where a path leads that the firmware picked on the disk as the cut left it; undefined: it picked another, or it leads nowhere. */
function pickedByFirmware({ offline }: Transition, path: string | undefined): string | undefined {
  if (!offline || path === undefined || pickedEntry(offline.firmware.boot)?.ostreePath !== path) return undefined;
  return crossedPick(offline);
}

/** `/ostree/boot.N/STATEROOT/BOOTCSUM/I`, N and I left out. */
function sameBootLink(a: string | undefined, b: string | undefined): boolean {
  const parts = (path: string | undefined): string | undefined =>
    /^\/ostree\/boot\.[01]\/([^/]+\/[0-9a-f]{64})\/\d+$/.exec(path ?? '')?.[1];
  return parts(a) !== undefined && parts(a) === parts(b);
}

function judgeOptions(running: readonly string[], name: string, entries: Entries): Finding[] {
  const own = entries.filter((entry) => entry.resolvesTo === name);
  // No entry: that is a mismatch of the path, and said there.
  if (own.length === 0) return [];
  const actual = judged(withoutLoaderPrefix(running));
  const wanted = own.map((entry) => judged(kernelArguments(entry.options)));
  if (wanted.some((options) => options.join('\n') === actual.join('\n'))) return [];
  const options = wanted[0] ?? [];
  const missing = lacking(options, actual);
  const extra = lacking(actual, options);
  const words = [
    missing.length > 0 ? `lacks ${listed(missing)}` : '',
    extra.length > 0 ? `has ${listed(extra)} too many` : '',
  ].filter((part) => part !== '');
  return [
    violation(
      'cmdline-differs',
      `The kernel's command line ${words.join(' and ') || 'has another order'}: the booted entry`,
      {
        missing: sample(missing),
        extra: sample(extra),
      },
    ),
  ];
}

/** Arguments belong to a deployment: a new one takes them over from the one it was merged from, an older one has what it had. */
function judgeLocal(t: Transition, booted: Deployment, running: readonly string[]): Finding[] {
  const local = t.localKargs.flatMap(kernelArguments);
  const before = kernelArguments(t.before.cmdline);
  const old = booted.checksum === t.from.commit;
  if (t.kind === 'rollback' && !old) return [];
  const lost = lacking(old ? local.filter((argument) => before.includes(argument)) : local, running);
  if (lost.length === 0) return [];
  return [
    violation('local-karg-lost', `Kernel arguments set on the device are gone: ${listed(lost)}`, {
      lost: sample(lost),
    }),
  ];
}

/** GRUB and systemd-boot put arguments of their own before those of the entry, and only these. */
function withoutLoaderPrefix(all: readonly string[]): readonly string[] {
  const first = all.findIndex((argument) => !/^(BOOT_IMAGE|initrd)=/.test(argument));
  return first === -1 ? [] : all.slice(first);
}

/** `ostree=` is judged by where it leads. */
function judged(all: readonly string[]): string[] {
  return all.filter((argument) => !argument.startsWith('ostree='));
}

/** What of `wanted` is not in `there`, each occurrence counted. */
function lacking(wanted: readonly string[], there: readonly string[]): string[] {
  const left = [...there];
  return wanted.filter((argument) => {
    const at = left.indexOf(argument);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
}
