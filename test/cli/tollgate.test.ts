import { closeSync, openSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMAND, file, tollgate } from './command-process.ts';

describe('the command tollgate', () => {
  it('begins with the line by which a system runs it', () => {
    expect(readFileSync(COMMAND, 'utf8').split('\n')[0]).toBe('#!/usr/bin/env node');
  });

  it.each([['--help'], ['-h'], ['help']])('%s lists the subcommands', async (option) => {
    const { code, stdout, stderr } = await tollgate([option]);
    expect(stdout).toMatch(/^Usage: tollgate <command>.*\n\n {2}check +all that is wrong/);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('without a subcommand says how it is used, and fails', async () => {
    const { code, stdout, stderr } = await tollgate([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: tollgate <command>/);
  });

  it.each([['--version'], ['-v']])('%s prints the version of the package', async (option) => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(await tollgate([option])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('refuses a subcommand that it has not, in one line, with the one that was probably meant', async () => {
    expect(await tollgate(['pricse'])).toEqual({
      code: 2,
      stdout: '',
      stderr: "tollgate: unknown command 'pricse'; did you mean 'prices'?\n",
    });
    expect(await tollgate(['constructor'])).toMatchObject({ code: 2, stderr: "tollgate: unknown command 'constructor'\n" });
    expect(await tollgate(['--verison'])).toMatchObject({
      code: 2,
      stderr: "tollgate: unknown option '--verison'; did you mean '--version'?\n",
    });
  });

  it("tells a client's error without the status that a server would give", async () => {
    const path = file('one-model.json', '{"providers":{"openai":{}},"models":{"fast":["openai/gpt-5-mini"]}}');
    const { stderr } = await tollgate(['plan', path, '--model', 'fsat']);
    expect(stderr).toMatch(/^tollgate: unknown model 'fsat'; did you mean 'fast'\?/);
  });

  it('with --json says what is wrong as an object on standard error, and nothing on standard output', async () => {
    const { code, stdout, stderr } = await tollgate(['check', '/nowhere.yaml', '--json']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const message = 'cannot read /nowhere.yaml: there is no such file or directory';
    expect(stderr).toBe(`${JSON.stringify({ error: { message } })}\n`);
  });

  it('says which Node it needs on one that is too old, and is of help there', async () => {
    const older = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })";
    const variables = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(older)}` };
    expect(await tollgate(['check', 'gateway.yaml'], variables)).toEqual({
      code: 2,
      stdout: '',
      stderr: 'tollgate: Tollgate needs Node 22.19 or newer; this is Node 20.20.2\n',
    });
    expect(await tollgate(['--help'], variables)).toMatchObject({ code: 0, stderr: '' });
  });

  it('fails if what it says cannot be written, as on a full disk', async () => {
    const output = openSync(COMMAND, 'r');
    const { code, stderr } = await tollgate(['schema'], {}, output);
    closeSync(output);
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'tollgate: cannot write to standard output: EBADF\n' });
  });
});
