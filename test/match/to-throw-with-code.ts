import { expect } from 'vitest';

type ErrorClass = abstract new (...args: never[]) => Error;

/** What a call threw, or rejected with, is of this class and carries this code. */
export async function expectToThrowWithCode(call: () => unknown, type: ErrorClass, code: string): Promise<Error> {
  const error = await thrownBy(call);
  expect(error).toBeInstanceOf(type);
  expect((error as { code?: unknown }).code).toBe(code);
  return error as Error;
}

async function thrownBy(call: () => unknown): Promise<unknown> {
  let value: unknown;
  try {
    value = await call();
  } catch (error) {
    return error;
  }
  return expect.fail(`expected it to throw, but it returned ${JSON.stringify(value)}`);
}
