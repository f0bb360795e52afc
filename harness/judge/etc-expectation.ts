import type { Manifest } from '../observe/observation.ts';
import { mergeEtc, type EtcMerge } from './etc-merge.ts';
import type { Transition } from './transition.ts';

/** What /etc of a system has to hold after a transition. */
export interface EtcExpectation {
  readonly etc: Manifest;
  /** `kept`: the directory it was before. `merged`: made at finalize. `defaults`: made again at every boot. */
  readonly origin: 'kept' | 'merged' | 'defaults';
  readonly unjudged: readonly string[];
}

/** /etc of the system before as of finalize, the last time that anybody saw it; undefined: nobody did. */
export function localEtc(t: Transition): Manifest | undefined {
  // With a transient /etc local changes live in memory: the directory on the disk, which ostree merges from, keeps the defaults.
  if (t.from.etcPolicy === 'transient') return t.from.defaultEtc;
  return t.staged?.etc ?? t.before.etc;
}

function merge(t: Transition): EtcMerge | undefined {
  const local = localEtc(t);
  return local && mergeEtc({ oldDefaults: t.from.defaultEtc, local, newDefaults: t.to.defaultEtc });
}

/** Why the merge of /etc cannot succeed, so that finalize must fail and the old system stay; undefined: it can, or no merge is made. */
export function etcConflict(t: Transition): { readonly path: string; readonly reason: string } | undefined {
  if ((t.kind !== 'switch' && t.kind !== 'update') || t.from.commit === t.to.commit) return undefined;
  const result = merge(t);
  return result?.merged === false ? result.conflict : undefined;
}

/** The expectation for the system `commit` of this transition; undefined: there is nothing to hold it against. */
export function expectedEtc(t: Transition, commit: string): EtcExpectation | undefined {
  if (commit === t.from.commit) {
    if (t.from.etcPolicy === 'transient') return { etc: t.from.defaultEtc, origin: 'defaults', unjudged: [] };
    const etc = localEtc(t);
    return etc && { etc, origin: 'kept', unjudged: [] };
  }
  if (commit !== t.to.commit) return undefined;
  if (t.to.etcPolicy === 'transient') return { etc: t.to.defaultEtc, origin: 'defaults', unjudged: [] };
  if (t.kind === 'rollback') return t.rollbackEtc && { etc: t.rollbackEtc, origin: 'kept', unjudged: [] };
  const result = merge(t);
  return result?.merged ? { etc: result.etc, origin: 'merged', unjudged: result.unjudged } : undefined;
}
