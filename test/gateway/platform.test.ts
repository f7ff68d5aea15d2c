import { afterEach, describe, expect, it, vi } from 'vitest';
import { assertPlatform } from '../../src/core/platform.ts';
import { SqliteStore } from '../../src/stores/sqlite.ts';

describe('a platform', () => {
  it.each([{ node: '22.19.0' }, { node: '22.22.1' }, { node: '24.0.0' }, { node: '24.2.0', deno: '2.5.0' }])(
    '%j will do',
    (versions) => {
      expect(() => assertPlatform(versions)).not.toThrow();
    },
  );

  it.each([
    [{ node: '20.11.1' }, 'Tollgate needs Node 22.19 or newer; this is Node 20.11.1'],
    [{ node: '22.18.0' }, 'Tollgate needs Node 22.19 or newer; this is Node 22.18.0'],
    [{ node: '18.20.8' }, 'Tollgate needs Node 22.19 or newer; this is Node 18.20.8'],
    [{ node: '24.3.0', bun: '1.3.0' }, 'Tollgate needs Node 22.19 or newer; this is Bun 1.3.0'],
  ])('%j is refused in one line', (versions, message) => {
    expect(() => assertPlatform(versions)).toThrow(message);
  });

  it('is refused by tollgate/testing before it loads what a Node that is too old cannot', async () => {
    const loaded = vi.fn(() => ({}));
    vi.doMock('undici', loaded);
    vi.stubGlobal('process', { ...process, versions: { ...process.versions, node: '20.20.2' } });
    vi.resetModules();
    await expect(import('../../src/testing/index.ts')).rejects.toThrow(
      'Tollgate needs Node 22.19 or newer; this is Node 20.20.2',
    );
    expect(loaded).not.toHaveBeenCalled();
  });

  it('is refused by a store of SQLite, which a Node that is too old does not have', () => {
    vi.stubGlobal('process', { ...process, versions: { ...process.versions, node: '20.20.2' } });
    expect(() => new SqliteStore(':memory:')).toThrow('Tollgate needs Node 22.19 or newer; this is Node 20.20.2');
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.doUnmock('undici');
});
