const UNITS = [
  { seconds: 86_400, letter: 'd' },
  { seconds: 3_600, letter: 'h' },
  { seconds: 60, letter: 'm' },
] as const;

/** `12s`, `3m`, `5h`, `2d`; a time ahead of this machine's clock is `0s`. Empty where there is none. */
export function describeAge(timestamp: string | null, now: Date): string {
  if (timestamp === null) return '';
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(timestamp)) / 1000));
  const unit = UNITS.find((candidate) => seconds >= candidate.seconds);
  return unit === undefined ? `${seconds}s` : `${Math.floor(seconds / unit.seconds)}${unit.letter}`;
}
