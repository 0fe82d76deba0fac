import { afterAll, afterEach, expect } from 'vitest';

/** Warnings that Node.js may print while a test runs; each entry says why nothing can be done about it. */
const EXPECTED: readonly { name: string; message: RegExp }[] = [
  // No file here and no installed package names it: something in the runner reads every export of `fs`, seldom and late.
  { name: 'DeprecationWarning', message: /^fs\.F_OK is deprecated/ },
];

const unexpected: string[] = [];

function record({ name, message }: Error): void {
  const isExpected = EXPECTED.some((one) => one.name === name && one.message.test(message));
  if (!isExpected) unexpected.push(`${name}: ${message}`);
}
process.on('warning', record);

const expectNoWarning = () => expect(unexpected.splice(0), 'Node.js printed a warning').toEqual([]);

afterEach(expectNoWarning);
afterAll(expectNoWarning);
// Files of the short suite share a process, and each adds this listener.
afterAll(() => void process.off('warning', record));
