import { expect, it } from 'vitest';
import { clip } from '#functions/core/values/clip.ts';

it('clip keeps a text of the greatest length and marks a longer one as cut', () => {
  expect(clip('abcde', 5)).toBe('abcde');
  expect(clip('abcdef', 5)).toBe('abcde…');
});
