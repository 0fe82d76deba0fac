import { afterAll, afterEach, expect } from 'vitest';

/** Warnings that Node.js may print while a test runs; each entry says why nothing can be done about it. */
const EXPECTED: readonly { name: string; message: RegExp }[] = [];

const unexpected: string[] = [];

process.on('warning', ({ name, message }) => {
  const isExpected = EXPECTED.some((one) => one.name === name && one.message.test(message));
  if (!isExpected) unexpected.push(`${name}: ${message}`);
});

const expectNoWarning = () => expect(unexpected.splice(0), 'Node.js printed a warning').toEqual([]);

afterEach(expectNoWarning);
afterAll(expectNoWarning);
