// @ts-check

/** This machine cannot be set up without its owner: exit code 2. The hint says what to do. */
export class SetUpError extends Error {
  /**
   * @param {string} message reason first
   * @param {string} hint
   */
  constructor(message, hint) {
    super(message);
    this.name = 'SetUpError';
    this.hint = hint;
  }
}
