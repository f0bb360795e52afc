// @ts-check
import { spawn } from 'node:child_process';

/**
 * One step of start.mjs: a command with a name. Begun in the foreground it owns the terminal; begun in the background its output waits
 * until `finish` and then goes on live, so that two stages never mix their lines.
 */
export class Stage {
  /** @type {Buffer[] | undefined} */
  #waiting;
  /** @type {Promise<number>} */
  #ended;
  #seconds = 0;

  /**
   * @param {string} name
   * @param {readonly string[]} argv
   * @param {{ background?: boolean, cwd: string, print?: (data: string | Buffer) => void }} options
   */
  constructor(name, argv, { background = false, cwd, print = (data) => void process.stdout.write(data) }) {
    const [command = '', ...parameters] = argv;
    this.name = name;
    this.print = print;
    if (!background) this.print(`== ${name}\n`);
    const startedMs = performance.now();
    const child = spawn(command, parameters, { cwd, stdio: ['ignore', ...output(background)] });
    if (background) {
      this.#waiting = [];
      const take = (/** @type {Buffer} */ chunk) => void (this.#waiting ? this.#waiting.push(chunk) : print(chunk));
      child.stdout?.on('data', take);
      child.stderr?.on('data', take);
    }
    // A terminal sends SIGINT to the child as well; SIGTERM and SIGHUP reach this process alone.
    const forward = (/** @type {NodeJS.Signals} */ signal) => void child.kill(signal);
    process.on('SIGTERM', forward).on('SIGHUP', forward);
    this.#ended = new Promise((resolve) => {
      child.on('error', (error) => {
        print(`${error.message}\n`);
        resolve(127);
      });
      child.on('close', (code) => resolve(code ?? 1));
    }).then((code) => {
      process.off('SIGTERM', forward).off('SIGHUP', forward);
      this.#seconds = Math.round((performance.now() - startedMs) / 1000);
      return code;
    });
  }

  /**
   * Shows what waits and what is still to come. @returns {Promise<number>} the exit code; 1 after a signal, 127 if it could not start
   */
  async finish() {
    if (this.#waiting) {
      this.print(`== ${this.name}\n`);
      for (const chunk of this.#waiting) this.print(chunk);
      this.#waiting = undefined;
    }
    const code = await this.#ended;
    this.print(`== ${this.name}: ${code === 0 ? 'passed' : `failed with ${code}`}, ${this.#seconds} s\n\n`);
    return code;
  }
}

/**
 * @param {boolean} background
 * @returns {['pipe' | 'inherit', 'pipe' | 'inherit']}
 */
function output(background) {
  return background ? ['pipe', 'pipe'] : ['inherit', 'inherit'];
}
