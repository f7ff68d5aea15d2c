/** Pairs of questions, made by rules, for measuring a cache by meaning. Built for this project; no one else's data. */
export interface QuestionPair {
  readonly rule: string;
  readonly one: string;
  readonly other: string;
}

const CITIES = ['Paris', 'London', 'Oslo', 'Lima', 'Cairo', 'Quito', 'Riga', 'Seoul'];
const THINGS = ['apples', 'taxes', 'batteries', 'contracts', 'passports', 'engines'];
const FRAMES = [
  (x: string) => `What is the population of ${x}?`,
  (x: string) => `How do I get a visa for ${x}?`,
  (x: string) => `Who was the first mayor of ${x}?`,
  (x: string) => `Is the water in ${x} safe to drink?`,
];

/** Questions that look alike and have different answers. */
export function mustMiss(): QuestionPair[] {
  const pairs: QuestionPair[] = [];
  const add = (rule: string, one: string, other: string) => void pairs.push({ rule, one, other });
  for (const frame of FRAMES)
    for (const one of CITIES) for (const other of CITIES) if (one < other) add('name', frame(one), frame(other));
  for (const a of [2, 5, 12, 30, 100])
    for (const b of [3, 6, 13, 31, 1000]) {
      add('number', `What is ${a}% of 250?`, `What is ${b}% of 250?`);
      add('number', `Convert ${a} km to miles`, `Convert ${b} km to miles`);
      add('unit', `How long is ${a} km?`, `How long is ${a} miles?`);
      add('sign', `What is ${a} + ${b}?`, `What is ${a} - ${b}?`);
    }
  for (const thing of THINGS) {
    add('negation', `Can I bring ${thing} on a plane?`, `Can't I bring ${thing} on a plane?`);
    add('negation', `Which ${thing} are allowed?`, `Which ${thing} are not allowed?`);
    add('negation', `How to travel with ${thing}?`, `How to travel without ${thing}?`);
    add('asking', `When are ${thing} checked?`, `Where are ${thing} checked?`);
    add('asking', `Why are ${thing} checked?`, `How are ${thing} checked?`);
    add('time', `Who was selling ${thing}?`, `Who is selling ${thing}?`);
    add('opposite', `What are the best ${thing}?`, `What are the worst ${thing}?`);
    add('opposite', `How do I buy ${thing}?`, `How do I sell ${thing}?`);
  }
  for (const one of CITIES)
    for (const other of CITIES)
      if (one < other) {
        add('order', `Flights from ${one} to ${other}`, `Flights from ${other} to ${one}`);
        add('order', `Is ${one} larger than ${other}?`, `Is ${other} larger than ${one}?`);
        add('direction', `Flights to ${one} via ${other}`, `Flights from ${one} via ${other}`);
      }
  add('sign', 'Write hello world in C', 'Write hello world in C++');
  add('sign', 'Write hello world in C', 'Write hello world in C#');
  add('sign', 'What is the absolute value of -5?', 'What is the absolute value of 5?');
  add('sign', 'What is 2 * (3 + 4)?', 'What is 2 * 3 + 4?');
  return pairs;
}

/** The same question, put otherwise. */
export function mustHit(): QuestionPair[] {
  const pairs: QuestionPair[] = [];
  const add = (rule: string, one: string, other: string) => void pairs.push({ rule, one, other });
  for (const city of CITIES) {
    add('capitals', `What is the population of ${city}?`, `what is the population of ${city.toLowerCase()}`);
    add('courtesy', `What is the population of ${city}?`, `Please tell me the population of ${city}.`);
    add('contraction', `What is the capital near ${city}?`, `What's the capital near ${city}?`);
    add('genitive', `What is the mayor of ${city}?`, `What is ${city}'s mayor?`);
  }
  for (const number of ['three', 'five', 'eight']) {
    const digit = String(['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'].indexOf(number));
    add('number', `How long is ${number} miles?`, `How long is ${digit} miles?`);
    add('unit', `How far is ${digit} km?`, `How far is ${digit} kilometers?`);
    add('unit', `What is ${digit}% of 1,000?`, `What is ${digit} percent of 1000?`);
  }
  for (const thing of THINGS) add('plural', `How do I insure ${thing}?`, `How can I insure my ${thing}?`);
  return pairs;
}

const SIZE = 256;

/** Stands in for a model: hashed runs of three letters, without any knowledge of words. The same text gives the same vector. */
export function trigramVector(text: string): Float32Array {
  const vector = new Float32Array(SIZE);
  const padded = ` ${text.toLowerCase()} `;
  for (let place = 0; place + 3 <= padded.length; place += 1) {
    let hash = 2_166_136_261;
    for (const letter of padded.slice(place, place + 3)) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 16_777_619) >>> 0;
    const bucket = hash % SIZE;
    vector[bucket] = (vector[bucket] ?? 0) + 1;
  }
  return vector;
}
