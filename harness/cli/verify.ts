import { Command } from 'commander';
import { oraclesDigest, oracleSources } from '../bundle/oracle-sources.ts';
import { readPublicKey } from '../bundle/signing-key.ts';
import { verificationText } from '../verify/verification-text.ts';
import { verifyBundle } from '../verify/verify.ts';

const help = `
Needs no device, no network and not the machine that made the bundle. Every file is hashed, the chain of the record and the signature are
checked, every oracle judges every stored transition again, and every verdict is given again.

Exit codes: 0 sound; 1 something is not what was recorded; 2 no bundle, or one that is not read any further.

Examples:
  bootproof verify evidence.tar --key lab-2026.pub.json
  node evidence.verify.mjs evidence.tar        the same with nothing but Node
`;

export function verifyCommand(ended: (exitCode: number) => void): Command {
  return new Command('verify')
    .description('Check an evidence bundle, offline')
    .argument('<bundle>', 'file made by `bootproof report --bundle`')
    .option('--key <file>', 'public key that must have signed it; several times for keys that rotate', several, [])
    .option('--json', 'as JSON')
    .addHelpText('after', help)
    .action(async (path: string, options: { key: string[]; json?: boolean }) => {
      const trusted = await Promise.all(options.key.map((file) => readPublicKey(file)));
      const result = await verifyBundle(path, { trusted, oracles: oraclesDigest(oracleSources()) });
      process.stdout.write(options.json ? `${JSON.stringify(result, null, 2)}\n` : verificationText(result));
      ended(result.sound ? 0 : 1);
    });
}

function several(value: string, before: string[]): string[] {
  return [...before, value];
}
