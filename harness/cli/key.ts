import { Command } from 'commander';
import { wholeNumber } from './numbers.ts';
import { newSigningKey } from '../bundle/signing-key.ts';

const help = `
The private half stays with you (mode 600). Give the file that ends in .pub.json to whoever verifies, by another way than the bundles.
A key that has expired signs no more; make a new one before, and let verifiers know both.

Example:
  bootproof key new lab-2026.json --name "update lab, nightly" --days 365
`;

export function keyCommand(ended: (exitCode: number) => void): Command {
  const command = new Command('key').description('Keys that sign evidence bundles').addHelpText('after', help);
  command
    .command('new')
    .description('Make an ed25519 key')
    .argument('<file>', 'where the private key goes; the public one goes beside it, as NAME.pub.json')
    .option('--name <words>', 'whose it is', 'unnamed')
    .option('--days <n>', 'for how long it may sign', wholeNumber(1, 36_500), 365)
    .action(async (file: string, options: { name: string; days: number }) => {
      const { key, publicPath } = await newSigningKey(file, options);
      process.stdout.write(
        `private  ${file}\npublic   ${publicPath}\nkey id   ${key.keyid}\nexpires  ${key.expires}\n`,
      );
      ended(0);
    });
  return command;
}
