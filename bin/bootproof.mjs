#!/usr/bin/env node
import process from 'node:process';
import { register } from 'tsx/esm/api';

// Who reads may stop reading (`| head`): a run goes on, and its record is what counts.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error) => {
    if (!('code' in error) || error.code !== 'EPIPE') throw error;
  });

register();
const { main } = await import('../harness/cli/main.ts');
process.exitCode = await main(process.argv.slice(2));
