import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { SqliteStore } from '../../src/stores/sqlite.ts';
import { openDatabase, transaction } from '../../src/stores/sqlite-database.ts';
import { USAGE_MEASURES } from '../../src/stores/store.ts';
import { charge, START, totals } from '../../src/testing/store-contract-parts.ts';

const directory = mkdtempSync(join(tmpdir(), 'tollgate-'));
afterAll(() => rmSync(directory, { recursive: true }));

let files = 0;
function path(): string {
  files += 1;
  return join(directory, `${files}.db`);
}

describe('a SQLite file', () => {
  it('keeps what was spent over a restart, and counts it once', () => {
    const file = path();
    const first = new SqliteStore(file);
    first.reserve('a', [charge('c', 10, 100)], 60_000, START);
    first.settle('a', [7], START);
    first.reserve('b', [charge('c', 10, 100)], 60_000, START);
    first.record('u', [totals(START, 'search', 7)], START);
    first.close();
    const second = new SqliteStore(file);
    expect(second.settle('a', [7], START)).toEqual({ state: 'already-settled' });
    expect(second.settle('b', [5], START)).toEqual({ state: 'settled', spent: [12] });
    second.record('u', [totals(START, 'search', 7)], START);
    expect(second.usage({})).toEqual([totals(START, 'search', 7)]);
    second.close();
  });

  it('is readable by its owner only, with its journal', () => {
    const file = path();
    const store = new SqliteStore(file);
    store.release('a', START);
    for (const name of [file, `${file}-wal`, `${file}-shm`]) expect(statSync(name).mode & 0o777).toBe(0o600);
    store.close();
  });

  it('of an older version is brought up to date, and keeps what it has', () => {
    const file = path();
    const first = new SqliteStore(file);
    first.reserve('a', [charge('c', 10, 100)], 60_000, START);
    first.close();
    const older = new DatabaseSync(file);
    for (const measure of USAGE_MEASURES.slice(USAGE_MEASURES.indexOf('errors')))
      older.exec(`ALTER TABLE usage DROP COLUMN ${measure}`);
    older.exec('DROP TABLE notes; DROP TABLE slices; DROP TABLE recalls; PRAGMA user_version = 2');
    older.close();
    const second = new SqliteStore(file);
    second.keepNote('key', 'text', START + 1_000, START);
    expect(second.readNote('key', START)).toBe('text');
    expect(second.settle('a', [7], START)).toEqual({ state: 'settled', spent: [7] });
    second.close();
    const third = new SqliteStore(file);
    expect(third.readNote('key', START)).toBe('text');
    third.close();
  });

  it('of a newer version is refused and left as it is', () => {
    const file = path();
    const newer = new DatabaseSync(file);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    expect(() => new SqliteStore(file)).toThrow(expect.objectContaining({ name: 'StoreError', code: 'store_version' }));
    const after = new DatabaseSync(file);
    expect(after.prepare('PRAGMA user_version').get()).toEqual({ user_version: 99 });
    after.close();
  });

  it('that is no database is refused with a typed error', () => {
    const file = path();
    writeFileSync(file, 'not a database, but long enough to be read as the header of one'.repeat(20));
    expect(() => new SqliteStore(file)).toThrow(expect.objectContaining({ code: 'store_corrupt' }));
    expect(readFileSync(file, 'utf8')).toContain('not a database');
  });

  it('that is torn in the middle is refused or fails with a typed error', () => {
    const file = path();
    const store = new SqliteStore(file);
    for (let turn = 0; turn < 500; turn++) store.reserve(`r${turn}`, [charge(`c${turn}`, 1, 9)], 60_000, START);
    store.close();
    truncateSync(file, 8_192);
    const use = () => {
      const torn = new SqliteStore(file);
      for (let turn = 0; turn < 500; turn++) torn.settle(`r${turn}`, [1], START);
    };
    expect(use).toThrow(expect.objectContaining({ name: 'StoreError', code: 'store_corrupt' }));
  });

  it('on a full disk fails with a typed error, keeps what it has, and goes on when there is room', () => {
    const file = path();
    const database = openDatabase(file, 50);
    database.exec('PRAGMA max_page_count = 24');
    const insert = database.prepare(`INSERT INTO counters VALUES (?, 0, 1, 0, NULL)`);
    let kept = 0;
    const fill = () => {
      for (; kept < 100_000; kept++) transaction(database, 'fill', () => insert.run(`${'c'.repeat(200)}${kept}`));
    };
    expect(fill).toThrow(expect.objectContaining({ name: 'StoreError', code: 'store_full' }));
    expect(kept).toBeGreaterThan(10);
    expect(database.prepare('SELECT count(*) AS count FROM counters').get()).toEqual({ count: kept });
    database.close();
    const roomy = new SqliteStore(file);
    expect(roomy.reserve('a', [charge('c', 1, 9)], 1000, START)).toEqual({ granted: true });
    roomy.close();
  });

  it('that may only be read fails with a typed error', () => {
    const file = path();
    new SqliteStore(file).close();
    // Rights do not bind a superuser, so that the connection itself is for reading only.
    const database = new DatabaseSync(file, { readOnly: true });
    const write = () => transaction(database, 'reserve', () => database.exec('DELETE FROM counters'));
    expect(write).toThrow(expect.objectContaining({ name: 'StoreError', code: 'store_read_only' }));
    database.close();
  });

  it('in a directory that does not exist is refused with a typed error', () => {
    expect(() => new SqliteStore(join(directory, 'no', 'such.db'))).toThrow(expect.objectContaining({ name: 'StoreError' }));
  });

  it('that is closed fails with a typed error', () => {
    const store = new SqliteStore(path());
    store.close();
    store.close();
    expect(() => store.reserve('a', [charge('c', 1, 1)], 1000, START)).toThrow(expect.objectContaining({ code: 'store_closed' }));
  });

  it('that another process holds fails as busy after its timeout', () => {
    const file = path();
    const store = new SqliteStore(file, { busyTimeoutMs: 50 });
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    expect(() => store.reserve('a', [charge('c', 1, 1)], 1000, START)).toThrow(expect.objectContaining({ code: 'store_busy' }));
    other.exec('ROLLBACK');
    other.close();
    expect(store.reserve('a', [charge('c', 1, 1)], 1000, START)).toEqual({ granted: true });
    store.close();
  });

  it('forgets finished windows, old tombstones and notes', () => {
    const file = path();
    const store = new SqliteStore(file);
    store.reserve('a', [charge('c', 1, 9)], 1000, START);
    store.settle('a', [1], START);
    store.keepNote('key', 'text', START + 1_000, START);
    store.release('b', START + 48 * 3_600_000);
    store.close();
    const database = new DatabaseSync(file);
    expect(database.prepare('SELECT count(*) AS count FROM notes').get()).toEqual({ count: 0 });
    expect(database.prepare('SELECT count(*) AS count FROM counters').get()).toEqual({ count: 0 });
    expect(database.prepare('SELECT id FROM reservations').all()).toEqual([{ id: 'b' }]);
    database.close();
  });
});

it('the library does not load SQLite before a store needs it', () => {
  const entry = fileURLToPath(new URL('../../src/index.ts', import.meta.url));
  const script = `await import(${JSON.stringify(entry)}); console.log(process.moduleLoadList.filter((name) => name.includes('sqlite')).length)`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' });
});
