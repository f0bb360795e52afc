#!/usr/bin/env node
import process from 'node:process';
import { register } from 'tsx/esm/api';

// Who reads may stop reading (`| head`), a terminal may go away (EIO) while the run that it hung up releases its benches, and the disk of a log may be full:
// a run goes on, and its record is what counts. Output that is lost is told by exit code 3. Node's own end of a process, 1, would say that the product failed.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error) => {
    if ('code' in error && (error.code === 'EPIPE' || error.code === 'EIO')) return;
    if (stream === process.stdout) process.stderr.write(`Output not written: ${error.message}\n`);
    process.exitCode ||= 3;
  });
process.on('uncaughtException', (error) => {
  process.stderr.write(`A defect of bootproof: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(3);
});

register();
const { main } = await import('../harness/cli/main.ts');
process.exitCode = (await main(process.argv.slice(2))) || process.exitCode;
