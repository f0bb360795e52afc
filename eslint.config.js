import tseslint from 'typescript-eslint';

/** Who may import whom (docs/design.md, "Rooms"): each rule names a room and the rooms that are closed to it. */
const closed = (files, patterns, message) => ({
  files,
  ignores: ['**/*.test.ts', 'targets/contract/**'],
  rules: { 'no-restricted-imports': ['error', { patterns: [{ regex: patterns, message }] }] },
});

export default tseslint.config(
  { ignores: ['node_modules', 'reports/out', 'runs'] },
  ...tseslint.configs.recommended,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.js', '*.mjs', 'bin/*.mjs'] } } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
    },
  },
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  { files: ['**/*.test.ts'], rules: { '@typescript-eslint/no-unused-expressions': 'off' } },
  closed(
    ['harness/**/*.ts'],
    '(^|/)(targets|scenarios)/|^(mocha|ssh2|serialport)$',
    'harness knows contracts only; targets are composed in cli/compose.ts, mocha lives in harness/scenario',
  ),
  closed(
    ['harness/cli/compose.ts'],
    '(^|/)scenarios/|^(mocha|ssh2|serialport)$',
    'compose joins targets to the harness and nothing else',
  ),
  closed(
    ['harness/scenario/**/*.ts'],
    '(^|/)(targets|scenarios)/|^(ssh2|serialport)$',
    'harness/scenario may use mocha, not a concrete target',
  ),
  closed(
    ['harness/judge/**/*.ts'],
    '^node:(fs|net|child_process|http)|^execa$|(^|/)(targets|scenarios)/|^(mocha|ssh2|serialport)$',
    'judges are pure: no input or output',
  ),
  closed(
    ['targets/**/*.ts'],
    '/harness/(?!device/|errors/|blocklog/)|(^|/)scenarios/|^(mocha|ssh2|serialport)$',
    'a target may import harness/{device,errors,blocklog} only',
  ),
  closed(
    ['targets/means/ssh/**/*.ts'],
    '/harness/(?!device/|errors/|blocklog/)|(^|/)scenarios/|^(mocha|serialport)$',
    'ssh2 lives here',
  ),
  closed(
    ['targets/means/serial/**/*.ts'],
    '/harness/(?!device/|errors/|blocklog/)|(^|/)scenarios/|^(mocha|ssh2)$',
    'serialport lives here',
  ),
  closed(
    ['scenarios/**/*.ts'],
    '/harness/(?!index\\.ts)|(^|/)(targets|reports|images)/|^(?!\\.)',
    'a scenario imports harness/index.ts and nothing else',
  ),
  closed(
    ['reports/**/*.ts'],
    '/harness/(?!record/)|(^|/)(targets|scenarios)/|^(mocha|ssh2|serialport)$',
    'a report is a function of the record',
  ),
);
