type Child = Node | string | number | undefined | null | false;
type Handler = (event: never) => unknown;
type Props = Record<string, string | number | boolean | undefined | Handler | Record<string, string>>;

/** Draws itself into its element, and again with new data when the element is kept. */
export type Drawing = (element: HTMLElement) => void;
type Drawn = HTMLElement & { drawing?: Drawing | undefined };

const HANDLERS = ['onclick', 'onchange', 'onsubmit'] as const;

/** An element; what is text is set as text, never read as markup. `style` takes properties, since a strict CSP refuses the attribute. */
export function h(tag: string, props: Props = {}, ...children: (Child | Child[])[]): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'function') Object.assign(element, { [name]: value });
    else if (typeof value === 'object')
      for (const [property, of] of Object.entries(value)) element.style.setProperty(property, of);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children.flat()) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

/** An element whose inside is drawn by other code, and left alone if only its data changed. */
export function drawn(props: Props, drawing: Drawing): HTMLElement {
  const element: Drawn = h('div', { ...props, 'data-drawn': true });
  element.drawing = drawing;
  return element;
}

/** Makes the children of an element those that are wanted, keeping what is the same: focus, selection and scrolling stay. */
export function render(parent: HTMLElement, ...wanted: Node[]): void {
  morphChildren(parent, wanted);
  for (const element of parent.querySelectorAll<Drawn>('[data-drawn]')) {
    element.drawing?.(element);
    element.drawing = undefined;
  }
}

function morphChildren(parent: Node, wanted: readonly Node[]): void {
  for (const [place, next] of wanted.entries()) {
    const old = parent.childNodes[place];
    if (old === undefined) parent.appendChild(next);
    else if (isSame(old, next)) morph(old, next);
    else parent.replaceChild(next, old);
  }
  while (parent.childNodes.length > wanted.length) parent.lastChild?.remove();
}

function isSame(old: Node, next: Node): boolean {
  if (old.nodeName !== next.nodeName) return false;
  return !(old instanceof HTMLElement && next instanceof HTMLElement) || old.dataset.key === next.dataset.key;
}

function morph(old: Node, next: Node): void {
  if (!(old instanceof HTMLElement && next instanceof HTMLElement)) {
    if (old.nodeValue !== next.nodeValue) old.nodeValue = next.nodeValue;
    return;
  }
  morphAttributes(old, next);
  for (const name of HANDLERS) old[name] = next[name] as null;
  if ('drawn' in old.dataset) {
    (old as Drawn).drawing = (next as Drawn).drawing;
    return;
  }
  morphChildren(old, [...next.childNodes]);
}

function morphAttributes(old: HTMLElement, next: HTMLElement): void {
  for (const { name } of [...old.attributes]) if (!next.hasAttribute(name) && name !== 'style') old.removeAttribute(name);
  for (const { name, value } of next.attributes) {
    if (name !== 'style' && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (!('drawn' in old.dataset) && old.style.cssText !== next.style.cssText) old.style.cssText = next.style.cssText;
}
