import type { Variant } from '../substitute.ts';

/** What nobody launched is found, and what was launched is not accused. */
export const orphans: readonly Variant[] = [
  {
    name: 'strays-overlooked',
    file: 'core/orphans.ts',
    find: 'return `nobody recorded a launch',
    replace: 'if (execution) return undefined;\n  return `nobody recorded a launch',
  },
  {
    name: 'stray-looked-for-too-late',
    file: 'core/look-window.ts',
    find: 'return new Date(Math.min(now.getTime() - everySeconds * 1000, decidableUntil(policy, now).getTime()));',
    replace: 'return now;',
  },
  {
    name: 'launches-called-stray',
    file: 'flows/decide-strays.ts',
    find: 'return (await launches.read(runtime, tenant, launchId))?.execution;',
    replace: 'return launches === null ? launchId : undefined;',
  },
];
