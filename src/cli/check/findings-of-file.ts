import { validate } from '../../config/by-schema.ts';
import { isContainer } from '../../config/containers.ts';
import { type Environment, readEnvironment } from '../../config/environment.ts';
import { systemClock } from '../../core/clock.ts';
import { ConfigurationError } from '../../errors/configuration-error.ts';
import { REGISTRY } from '../../gateway/composition/declared-plan.ts';
import { planToRead } from '../../gateway/composition/plan-to-read.ts';
import { CommandError } from '../command-error.ts';
import { readConfig } from '../read-config.ts';
import { standInKeys, withStandIns } from '../stand-ins.ts';
import { budgetFindings } from './budget-findings.ts';
import { type Finding, note } from './finding.ts';
import { KeyValues } from './key-values.ts';
import { modelFindings } from './model-findings.ts';
import { priceFindings } from './price-findings.ts';
import { ruleFindings } from './rule-findings.ts';

/** Whose variables count: `any` machine has those that a gateway needs, `this` one has those that are set. */
export type Machine = 'any' | 'this';

/** All that can be said of the configuration in a file. Throws `CommandError` if it cannot be read. */
export async function findingsOfFile(path: string, machine: Machine): Promise<Finding[]> {
  const environment = readEnvironment();
  const written = await read(path, environment);
  const config = machine === 'this' ? written : withStandIns(written);
  const keys = machine === 'this' ? environment : standInKeys();
  const found: Finding[] = leftOut(written, config);
  try {
    validate(config, keys, REGISTRY, (warning) => found.push({ severity: 'warning', ...warning }));
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return [...error.issues.map((issue) => ({ severity: 'error' as const, ...issue })), ...found];
  }
  const plan = await planToRead(config, keys);
  const keyValues = new KeyValues(plan.access);
  return [
    ...found,
    ...modelFindings(plan, config),
    ...ruleFindings(plan, keyValues),
    ...budgetFindings(plan, keyValues),
    ...priceFindings(plan, systemClock.now()),
  ];
}

async function read(path: string, environment: Environment): Promise<unknown> {
  try {
    return await readConfig(path, environment);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new CommandError(error.issues.map(({ message }) => message).join(' | '));
  }
}

/** Sections that name a variable which is not set here are not looked at. */
function leftOut(written: unknown, config: unknown): Finding[] {
  if (!isContainer(written) || !isContainer(config)) return [];
  const sections = Object.keys(written).filter((name) => !Object.hasOwn(config, name));
  return sections.map((name) => note(name, 'was not checked: it names a variable that is not set here'));
}
