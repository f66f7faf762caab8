import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const noBarrels = {
  selector: 'ExportAllDeclaration',
  message: 'No barrels: import from the file that defines it.',
};
const noDefaults = { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' };
const noEnvironment = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'Only src/config.ts and src/cli-config.ts read the environment.',
};
const noSystemClock = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Take the time from the Clock port.',
  },
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Take the time from the Clock port.',
  },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'Take chance from the Random port.',
  },
];
const noTimers = {
  selector: 'CallExpression[callee.name=/^(setTimeout|setInterval)$/]',
  message: 'Schedule on the Clock port.',
};
const restrict = (...rules) => ({ 'no-restricted-syntax': ['error', noBarrels, noDefaults, ...rules] });

export default defineConfig(
  globalIgnores(['node_modules/', 'data/', 'coverage/', 'sdk/dist/', '.dependency-cruiser.cjs']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'max-lines': ['error', { max: 200 }],
      'max-lines-per-function': ['error', { max: 40 }],
      // A switch over a union counts once: the compiler checks its cases.
      complexity: ['error', { max: 8, variant: 'modified' }],
      'max-depth': ['error', 3],
      'max-params': ['error', 4],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { allowDefaultCaseForExhaustiveSwitch: false, requireDefaultForNonUnion: true },
      ],
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      // `return void reply.send()` and `() => log()` say what they mean.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true, ignoreVoidReturningFunctions: true },
      ],
      // A number in a template literal is readable; everything else stays restricted.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      ...restrict(noEnvironment, ...noSystemClock, noTimers),
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/infra/**'],
    rules: {
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
    },
  },
  { files: ['src/infra/**/*.ts'], rules: restrict(noEnvironment, ...noSystemClock) },
  { files: ['src/infra/clock/**/*.ts'], rules: restrict(noEnvironment) },
  { files: ['sdk/src/system.ts'], rules: restrict(noEnvironment) },
  {
    // Made by a program, of one function for each group of calls.
    files: ['sdk/src/generated/*.ts'],
    rules: { 'max-lines': 'off', 'max-lines-per-function': 'off' },
  },
  { files: ['sdk/generate/*.ts'], rules: restrict() },
  { files: ['src/config.ts', 'src/cli-config.ts'], rules: restrict(...noSystemClock, noTimers) },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts', 'examples/**/*.ts'],
    rules: {
      // A describe callback is a list of statements, not a function to understand at once.
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': 'off',
      ...restrict(),
    },
  },
  { files: ['*.config.ts'], rules: { 'no-restricted-syntax': ['error', noBarrels] } },
);
