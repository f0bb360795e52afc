import type { InjectedFile, Target } from '../device/target.ts';
import type { AccessFile } from './update-server.ts';

/** The file of the identity beside which access files are put, in every deployment that gets one. */
const besideFile = /^(.*\/etc\/)machine-id$/;

/** The same target, whose disks also get what the device needs to reach its server. A disk that carries its identity already has it. */
export function withAccessFiles(target: Target, files: () => readonly AccessFile[]): Target {
  const provision: Target['provision'] = (request, deadline) =>
    target.provision({ ...request, inject: [...request.inject, ...besides(request.inject, files())] }, deadline);
  return new Proxy(target, {
    get(known, name) {
      if (name === 'provision') return provision;
      const value: unknown = Reflect.get(known, name, known);
      return typeof value === 'function' ? (value.bind(known) as unknown) : value;
    },
  });
}

function besides(inject: readonly InjectedFile[], files: readonly AccessFile[]): InjectedFile[] {
  return inject.flatMap(({ label, path }) => {
    const etc = besideFile.exec(path)?.[1];
    return etc === undefined ? [] : files.map((file) => ({ ...file, label, path: `${etc}${file.path}` }));
  });
}
