import { callAt } from './format.ts';
import { h } from './h.ts';

type Cell = Node | string | number | undefined;

export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
  /** Left out if there is little room. */
  readonly isExtra?: boolean;
  /** Takes a line of its own there. */
  readonly isWide?: boolean;
}

/** A table in a frame that scrolls by itself, and by the keyboard, if it is too wide. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly { key: string; cells: readonly Cell[] }[],
): HTMLElement {
  const head = columns.map((column) => h('th', { scope: 'col', role: 'columnheader', class: classOf(column) }, column.title));
  const body = rows.map(({ key, cells }) =>
    h('tr', { role: 'row', 'data-key': key }, ...cells.map((cell, place) => toCell(cell, columns[place]))),
  );
  return h(
    'div',
    { class: 'frame', tabindex: '0', role: 'group', 'aria-label': caption },
    // The roles are said, since a narrow page shows each row as a card, which takes them away.
    h(
      'table',
      { role: 'table' },
      h('caption', { class: 'unseen' }, caption),
      h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ...head)),
      h('tbody', { role: 'rowgroup' }, ...body),
    ),
  );
}

function toCell(cell: Cell, column: Column | undefined): HTMLElement {
  return h('td', { role: 'cell', class: column && classOf(column), 'data-title': column?.title }, h('div', {}, cell));
}

function classOf({ isNumber, isExtra, isWide }: Column): string | undefined {
  return [isNumber && 'number', isExtra && 'extra', isWide && 'wide'].filter(Boolean).join(' ') || undefined;
}

export function section(title: string, note: string | undefined, ...children: Node[]): HTMLElement {
  const id = `section-${title.toLowerCase().replaceAll(' ', '-')}`;
  return h(
    'section',
    { class: 'card', 'aria-labelledby': id, 'data-key': id },
    h('header', {}, h('h2', { id }, title), note !== undefined && h('p', { class: 'note' }, note)),
    ...children,
  );
}

export function empty(words: string): HTMLElement {
  return h('p', { class: 'empty' }, words);
}

export function badge(kind: 'good' | 'warn' | 'bad' | 'plain', words: string): HTMLElement {
  return h('span', { class: `badge ${kind}` }, words);
}

export function link(href: string, words: string | number, label?: string): HTMLElement {
  return h('a', { href, 'aria-label': label }, words);
}

export function callLink(id: string, words = 'why'): HTMLElement {
  return link(callAt(id), words, `${words}: call ${id}`);
}

export function outcomeBadge(outcome: string): HTMLElement {
  const kind = outcome === 'success' ? 'good' : outcome === 'error' ? 'bad' : outcome === 'denied' ? 'warn' : 'plain';
  return badge(kind, outcome === 'denied' ? 'refused' : outcome);
}
