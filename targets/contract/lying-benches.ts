import type { Deadline } from '../../harness/device/deadline.ts';
import { withTarget } from './delegate.ts';
import type { Liar } from './lying.ts';

/** Neither answers nor gives up. */
export const never = () => new Promise<never>(() => undefined);

export const lyingBenches: readonly Liar[] = [
  {
    name: 'a bench that lets everybody in',
    lie: (target) => withTarget(target, { acquire: () => Promise.resolve() }),
    caughtBy: 'is taken by one owner at a time',
    reason: /^Not refused: a second owner$/,
  },
  {
    name: 'provisioning that leaves the device running',
    lie: (target) =>
      withTarget(target, {
        provision: async (request, deadline) => {
          await target.provision(request, deadline);
          await target.power.on(deadline);
        },
      }),
    caughtBy: 'is off after provisioning',
    reason: /^Not off after provisioning$/,
  },
  {
    name: 'a disk that opens while the device runs',
    lie: (target) =>
      withTarget(target, {
        openDisk: () =>
          Promise.resolve({ sizeBytes: 512, read: (_, length) => Buffer.alloc(length), close: () => undefined }),
      }),
    caughtBy: 'refuses to open the disk of a running device',
    reason: /^Not refused: the disk of a running device$/,
  },
  {
    name: 'a network that is never cut',
    lie: (target) => withTarget(target, { network: () => Promise.resolve() }),
    caughtBy: 'cuts the network and restores it',
    reason: /^The shell answers while the network is cut$/,
  },
  {
    name: 'a login that waits for ever',
    lie: (target) => withTarget(target, { connect: (deadline: Deadline) => target.connect(deadline).catch(never) }),
    caughtBy: 'keeps its deadline when the device never boots',
    reason: /^Hung: connect to a device that never boots/,
  },
  {
    name: 'a release that fails the second time',
    lie: (target) => {
      let released = false;
      return withTarget(target, {
        release: async (options) => {
          if (released) throw new Error('already released');
          released = true;
          await target.release(options);
        },
      });
    },
    caughtBy: 'is released twice without harm, and free for others then',
    reason: /^already released$/,
  },
  {
    name: 'a release that gives nothing back',
    lie: (target) => withTarget(target, { release: () => Promise.resolve() }),
    caughtBy: 'is released twice without harm, and free for others then',
    reason: /^Still taken after its release$/,
  },
];
