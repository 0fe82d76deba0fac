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

/** The names of `count` tenants: well-known ones first, then numbered ones. */
export function sampleTenants(count: number): string[] {
  return Array.from({ length: count }, (_, index) => NAMES[index] ?? `tenant-${String(index + 1).padStart(4, '0')}`);
}
