const NAMES = [
  'acme',
  'globex',
  'initech',
  'umbrella',
  'hooli',
  'soylent',
  'stark',
  'wayne',
  'wonka',
  'cyberdyne',
  'tyrell',
  'aperture',
];

/** As many tenants as are wanted: names first, then numbers. */
export function sampleTenants(count: number): string[] {
  return Array.from({ length: count }, (_, index) => NAMES[index] ?? `tenant-${String(index + 1).padStart(4, '0')}`);
}
