// A worker thread begins without the loader of TypeScript: `--import` registers it in the main thread alone.
import { register } from 'tsx/esm/api';

register();
await import('./explore-worker.ts');
