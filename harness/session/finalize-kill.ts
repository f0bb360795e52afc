import type { CommitPosition } from '../judge/transition.ts';
import type { Fault } from '../scenario/api.ts';
import type { FinalizeUnit } from '../update/update-client.ts';
import type { DeviceSession } from './device-session.ts';
import { missed, outcome, withoutEffect, type Disturbed } from './fault-trigger.ts';
import { markPattern } from './phase-marks.ts';
import { phaseShown } from './phase-shown.ts';
import { silenceAfter } from './silence.ts';

/**
 * A unit of its own, in memory, that stands by while the device shuts down and sshd is gone: at the first message $2 in the journal of unit $1 it
 * kills that unit's control process, waits until systemd has seen it end, and says on the console what became of it and whether the
 * boot loader's choice is another one than before. It is ordered like the marks around finalize, and changes nothing of finalize itself. Once
 * the unit is dead systemd stops this one too, and may do so before it has told: its stop waits for that, and the mark at the end for its stop.
 */
const installScript = `
set -eu
mkdir -p /run/bootproof /run/systemd/system
cat > /run/bootproof/kill-finalize <<'KILL'
#!/bin/sh
unit=$1 message=$2
choice() { readlink /boot/loader /sysroot/ostree/boot.0 /sysroot/ostree/boot.1; cat /boot/loader/entries/*; }
before=$(choice 2>&1)
printf 'bootproof-kill armed\\r\\n' > /dev/console
journalctl -f -n 0 -o cat -u "$unit" | while read -r line; do
  case $line in "$message"*) ;; *) continue ;; esac
  : > /run/bootproof/killing
  pid=$(systemctl show -P ControlPID "$unit")
  name=$(cat "/proc/$pid/comm" 2>/dev/null)
  killed=no
  if [ "$pid" != 0 ] && kill -KILL "$pid"; then
    killed=yes
    while [ "$(systemctl show -P ControlPID "$unit")" = "$pid" ]; do :; done
  fi
  [ "$before" = "$(choice 2>&1)" ] && choice=kept || choice=changed
  result=$(systemctl show -P Result "$unit")
  printf 'bootproof-kill %s %s %s %s choice-%s\\r\\n' "$killed" "$pid" "$name" "$result" "$choice" > /dev/console
  rm /run/bootproof/killing
  exit 0
done
KILL
chmod +x /run/bootproof/kill-finalize
cat > /run/systemd/system/bootproof-finalize-kill.service <<UNIT
[Unit]
DefaultDependencies=no
Conflicts=final.target
Before=final.target $1
After=bootproof-finalize-end.service
RequiresMountsFor=/sysroot /boot
[Service]
Type=exec
ExecStart=/run/bootproof/kill-finalize $1 "$2"
ExecStop=/bin/sh -c 'while [ -e /run/bootproof/killing ]; do :; done'
TimeoutStopSec=60
UNIT
systemctl daemon-reload
systemctl start bootproof-finalize-kill.service
`;

/** A console without a getty may add a carriage return of its own. */
const said = /bootproof-kill (yes|no) (\d+) (\S*) (\S+) choice-(kept|changed)\r*\n/;

/** Kills the client while it finalizes at shutdown, and lets the device go on to boot. @throws BenchError `fault-without-effect`. */
export async function killAtFinalize(session: DeviceSession, fault: Fault, unit: FinalizeUnit): Promise<Disturbed> {
  const { console } = session.device;
  const { shell, bootId } = session.device.current;
  const from = console.length;
  const installed = await shell.script(installScript, [unit.name, unit.message], {
    deadline: session.limit('canaries'),
  });
  if (installed.exitCode !== 0)
    throw withoutEffect(fault, `its unit did not start: ${installed.stderr.toString('utf8').slice(-300)}`);
  const wait = (name: string, pattern: RegExp) =>
    console.expect([{ name, pattern }], { from, deadline: session.limit('boot') });
  await wait('armed', /bootproof-kill armed/);
  await shell.run(['systemctl', 'reboot'], { deadline: session.limit('canaries') });
  session.device.lost();
  // The unit may be slower than finalize: then its report says so, or never comes.
  await wait('end of finalize', new RegExp(markPattern('finalize', 'end')));
  session.steps.moment = 'after-update';
  const boot = () => session.device.settle(bootId, from, session.limit('boot'));
  const silence = await silenceAfter(() => session.steps.run('boot after the kill', boot));

  const text = session.device.transcript.read(from, console.length - from).toString('latin1');
  const kill = killSaid(text);
  if (!kill) throw missed(fault, `${unit.name} was not killed: no report of it on the console`);
  session.steps.note('fault', { kind: fault.kind, ...kill, unit: unit.name, at: unit.message });
  if (kill.result !== 'signal') throw missed(fault, `${unit.name} ended with ${kill.result}`);
  return {
    client: undefined,
    rebooted: true,
    silence,
    outcome: outcome(fault, kill.phase ?? fault.at, kill.position),
  };
}

/** What the device said of the kill; undefined: nothing. The choice tells the side of the commit: nothing else runs that could change it. */
export function killSaid(console: string):
  | {
      readonly pid: number;
      readonly command: string;
      /** systemd's word: `signal` for a process that was killed. */
      readonly result: string;
      readonly phase: string | undefined;
      readonly position: Exclude<CommitPosition, 'none' | 'commit-issued'>;
    }
  | undefined {
  const report = said.exec(console);
  if (!report || report[1] !== 'yes') return undefined;
  const [, , pid, command = '', result = '', choice] = report;
  return {
    pid: Number(pid),
    command,
    result,
    phase: phaseShown(console.slice(0, report.index)),
    // The shutdown goes on and unmounts: what was written is flushed.
    position: choice === 'changed' ? 'commit-flushed' : 'before-commit',
  };
}
