/** Written short and long. In order: what comes first is replaced first. */
export const CONTRACTIONS: readonly (readonly [RegExp, string])[] = [
  [/\bcan't\b|\bcannot\b/g, 'can not'],
  [/\bwon't\b/g, 'will not'],
  [/n't\b/g, ' not'],
  [/\b(what|who|where|when|why|how|that|there|it|he|she)'s\b/g, '$1 is'],
  [/'re\b/g, ' are'],
  [/'ll\b/g, ' will'],
  [/'ve\b/g, ' have'],
  [/\bi'm\b/g, 'i am'],
  [/'d\b/g, ' would'],
];

/**
 * Words that a question may have or not. No word of time (`was`, `will`), place or direction (`from`, `after`), number,
 * negation or asking (`who`, `when`, `how`) is among them.
 */
export const FILLERS: ReadonlySet<string> = new Set(
  'a an the of is are am do does i me my we you your it its what please kindly hi hello hey thanks tell know can could would like to'.split(
    ' ',
  ),
);

export const NUMBER_WORDS: ReadonlyMap<string, string> = new Map(
  'zero one two three four five six seven eight nine ten eleven twelve'.split(' ').map((word, value) => [word, String(value)]),
);

export const UNITS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    km: 'kilometre kilometres kilometer kilometers kms',
    m: 'metre metres meter meters',
    cm: 'centimetre centimetres centimeter centimeters',
    kg: 'kilogram kilograms kilo kilos kgs',
    g: 'gram grams',
    lb: 'pound pounds lbs',
    mi: 'mile miles',
    h: 'hour hours hr hrs',
    min: 'minute minutes mins',
    s: 'second seconds sec secs',
    '%': 'percent percentage',
    $: 'dollar dollars usd',
    '€': 'euro euros eur',
  }).flatMap(([unit, names]) => names.split(' ').map((name) => [name, unit] as const)),
);
