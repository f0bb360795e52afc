#!/usr/bin/env node
import process from 'node:process';
import { register } from 'tsx/esm/api';

// Who reads may stop reading (`| head`), and a terminal may go away (EIO) while a run that it hung up releases its benches: the record is what counts.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error) => {
    if (!('code' in error) || !['EPIPE', 'EIO'].includes(String(error.code))) throw error;
  });

register();
const { main } = await import('../harness/cli/main.ts');
process.exitCode = await main(process.argv.slice(2));
