import type { Deadline } from '../../harness/device/deadline.ts';
import type { Shell } from '../../harness/device/shell.ts';

/** Where and as whom to log in, and the host key that must answer. */
export interface LoginRequest {
  /** For messages. */
  readonly bench: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** OpenSSH private key. */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA...` */
  readonly hostKey: string;
  /** Between keep-alives; the device is given up after five of these. */
  readonly keepAliveMs: number;
}

/** The means of login, handed in by who composes the target. Tries until the deadline; `over` ends it early. */
export type OpenShell = (request: LoginRequest, deadline: Deadline, over: AbortSignal) => Promise<Shell>;
