import { userAndPassword } from '../core/sent-credentials.ts';
import type { ProxySettings } from './create-transport.ts';

/** The credentials in the URLs of proxies, which a proxy's page may repeat. */
export function proxySecrets({ httpProxy, httpsProxy }: ProxySettings): string[] {
  return [httpProxy, httpsProxy].flatMap((url) => {
    if (!url || !URL.canParse(url)) return [];
    const { username, password } = new URL(url);
    return password === '' ? [] : userAndPassword(`${decoded(username)}:${decoded(password)}`);
  });
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
