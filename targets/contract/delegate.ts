import type { ConsolePort } from '../../harness/device/console.ts';
import type { Power } from '../../harness/device/power.ts';
import type { Shell } from '../../harness/device/shell.ts';
import type { Target } from '../../harness/device/target.ts';

/** A target that does as `target` does, but for what is given instead. */
export function withTarget(target: Target, instead: Partial<Target>): Target {
  return {
    name: target.name,
    kind: target.kind,
    capabilities: target.capabilities,
    lossModel: target.lossModel,
    power: target.power,
    console: target.console,
    acquire: (deadline) => target.acquire(deadline),
    provision: (request, deadline) => target.provision(request, deadline),
    connect: (deadline) => target.connect(deadline),
    openDisk: () => target.openDisk(),
    recording: () => target.recording(),
    network: (state, deadline) => target.network(state, deadline),
    hostAddress: (port) => target.hostAddress(port),
    release: (options) => target.release(options),
    describe: () => target.describe(),
    ...instead,
  };
}

export function withPower(target: Target, instead: (power: Power) => Partial<Power>): Target {
  const { power } = target;
  return withTarget(target, {
    power: {
      on: (deadline) => power.on(deadline),
      off: (deadline) => power.off(deadline),
      cut: (deadline) => power.cut(deadline),
      reset: (deadline) => power.reset(deadline),
      sense: () => power.sense(),
      ...instead(power),
    },
  });
}

export function withShell(target: Target, instead: (shell: Shell) => Partial<Shell>): Target {
  return withTarget(target, {
    connect: async (deadline) => {
      const shell = await target.connect(deadline);
      return {
        hostKey: shell.hostKey,
        run: (argv, options) => shell.run(argv, options),
        script: (script, parameters, options) => shell.script(script, parameters, options),
        stream: (script, parameters, options) => shell.stream(script, parameters, options),
        close: () => shell.close(),
        ...instead(shell),
      };
    },
  });
}

/** Each chunk becomes what `change` makes of it: none, one or several. */
export function withConsole(target: Target, change: (chunk: Buffer) => readonly Buffer[]): Target {
  const { console } = target;
  const changed: ConsolePort = {
    onData: (listener) => console.onData((chunk, atMs) => change(chunk).forEach((part) => listener(part, atMs))),
    write: (data) => console.write(data),
  };
  return withTarget(target, { console: changed });
}
