import { describe, expect, it } from 'vitest';
import type { TransportFault } from '../../src/core/transport-error.ts';
import { type RequestProgress, toTransportError } from '../../src/transport/to-transport-error.ts';

const connecting: RequestProgress = { host: 'api.test', sent: false, answered: false, reusedSocket: false };
const sent = { ...connecting, sent: true };
const answered = { ...sent, answered: true };

const coded = (code: string) => Object.assign(new Error(`failed with ${code}`), { code });

describe('an error of the HTTP client, the system or TLS', () => {
  it.each<[string, RequestProgress, TransportFault]>([
    ['ECONNREFUSED', connecting, 'connect-refused'],
    ['EHOSTUNREACH', connecting, 'connect-refused'],
    ['ECONNRESET', connecting, 'connect-refused'],
    ['UND_ERR_DESTROYED', connecting, 'connect-refused'],
    ['UND_ERR_CONNECT_TIMEOUT', connecting, 'connect-timeout'],
    ['ETIMEDOUT', connecting, 'connect-timeout'],
    ['ETIMEDOUT', sent, 'closed-before-answer'],
    ['ENOTFOUND', connecting, 'dns'],
    ['EAI_AGAIN', connecting, 'dns-temporary'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', connecting, 'tls'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', connecting, 'tls'],
    ['HOSTNAME_MISMATCH', connecting, 'tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', connecting, 'tls'],
    ['EPROTO', connecting, 'tls'],
    ['UND_ERR_PRX_TLS', connecting, 'proxy'],
    ['UND_ERR_ABORTED', connecting, 'proxy'],
    ['UND_ERR_INVALID_ARG', connecting, 'invalid-request'],
    ['EPIPE', sent, 'closed-before-answer'],
    ['UND_ERR_SOCKET', sent, 'closed-before-answer'],
    ['UND_ERR_SOCKET', answered, 'closed-in-answer'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', answered, 'closed-in-answer'],
    ['UND_ERR_HEADERS_OVERFLOW', answered, 'too-large'],
    ['UND_ERR_HEADERS_TIMEOUT', sent, 'first-byte-timeout'],
    ['UND_ERR_BODY_TIMEOUT', answered, 'idle-timeout'],
    ['UNHEARD_OF', answered, 'closed-in-answer'],
  ])('%s is told by its code and by how far the request was', (code, progress, fault) => {
    const error = toTransportError(coded(code), progress);
    expect(error).toMatchObject({ fault, code, neverSent: !progress.sent, staleSocket: false });
    expect(error.message).toContain('api.test');
  });

  it('is found under wrappers without a code, and among several attempts', () => {
    const wrapped = new Error('outer', { cause: new Error('inner', { cause: coded('ENOTFOUND') }) });
    expect(toTransportError(wrapped, connecting).fault).toBe('dns');
    expect(toTransportError(new AggregateError([coded('EAI_AGAIN'), coded('ENOTFOUND')]), connecting).fault).toBe(
      'dns-temporary',
    );
  });

  it('that has no code is named after its fault', () => {
    expect(toTransportError(new Error('odd'), sent)).toMatchObject({ code: 'closed-before-answer' });
    expect(toTransportError('thrown text', connecting)).toMatchObject({ code: 'connect-refused', neverSent: true });
  });

  it('of the parser is a break-off where nothing was left to parse, the proxy where no socket was there', () => {
    const parserError = (data: string) => Object.assign(new Error('bad'), { name: 'HTTPParserError', data });
    expect(toTransportError(parserError(''), answered).fault).toBe('closed-in-answer');
    expect(toTransportError(parserError('<html>'), answered).fault).toBe('malformed-answer');
    expect(toTransportError(parserError('<html>'), answered).cause).toBeUndefined();
    expect(toTransportError(parserError('<html>'), connecting).fault).toBe('proxy');
  });

  it('is a stale socket only on a reused one that closed before the answer', () => {
    expect(toTransportError(coded('ECONNRESET'), { ...sent, reusedSocket: true }).staleSocket).toBe(true);
    expect(toTransportError(coded('ECONNRESET'), { ...answered, reusedSocket: true }).staleSocket).toBe(false);
    expect(toTransportError(coded('UND_ERR_HEADERS_OVERFLOW'), { ...sent, reusedSocket: true }).staleSocket).toBe(false);
    // Of a stream of HTTP/2: the socket it was on goes on.
    for (const code of ['ERR_HTTP2_STREAM_ERROR', 'UND_ERR_INFO']) {
      expect(toTransportError(coded(code), { ...sent, reusedSocket: true })).toMatchObject({
        fault: 'closed-before-answer',
        staleSocket: false,
      });
    }
  });

  it('keeps itself as the cause, unless it quotes the request', () => {
    const reset = coded('ECONNRESET');
    expect(toTransportError(reset, sent).cause).toBe(reset);
    expect(toTransportError(coded('UND_ERR_INVALID_ARG'), connecting).cause).toBeUndefined();
  });
});
