import type { Unreadable } from '../../core/records/codec.ts';
import type { Output } from './output.ts';
import { sanitizeForTerminal, wrapText } from './text.ts';

const MOST_OBJECTS = 10;

/** The unreadable objects with their reasons; empty if there are none. */
export function unreadableLines(runtime: string, unreadable: readonly Unreadable[], output: Output): string[] {
  if (unreadable.length === 0) return [];
  const objects = unreadable.length === 1 ? '1 object' : `${unreadable.length} objects`;
  const title = `${objects} of ${runtime} cannot be read: its tenant is skipped until an operator repairs the object`;
  const [first = '', ...rest] = wrapText(title, output.columns);
  const hidden = unreadable.length - MOST_OBJECTS;
  return [
    output.paint('red', first),
    ...rest,
    ...unreadable
      .slice(0, MOST_OBJECTS)
      .flatMap(({ object, why }) =>
        wrapText(`${sanitizeForTerminal(object)}: ${sanitizeForTerminal(why)}`, output.columns, '  '),
      ),
    ...(hidden > 0 ? [`  and ${hidden} more (all: pincast status ${runtime} --json)`] : []),
  ];
}
