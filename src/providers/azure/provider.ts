import type { Secret } from '../../core/secret.ts';
import { openAiWire } from '../openai/provider.ts';
import type { Provider } from '../provider.ts';
import type { Vendor } from '../vendor.ts';
import type { Wire } from '../wire.ts';
import { type ProviderParts, wireProvider } from '../wire-provider.ts';
import { toAzurePath } from './to-azure-path.ts';

/** A provider for a resource of Azure OpenAI or Azure AI Foundry: OpenAI's wire under Azure's paths and credentials. */
export function azureProvider(vendor: Vendor, parts: ProviderParts): Provider {
  return wireProvider(vendor.vendor, azureWire(vendor), parts);
}

export function azureWire(vendor: Vendor): Wire {
  const openAi = openAiWire(vendor.quirks, vendor.operations);
  return {
    ...openAi,
    toRequest(request, account, context) {
      const wireRequest = openAi.toRequest(request, account, context);
      return { ...wireRequest, path: toAzurePath(wireRequest.path, request, account) };
    },
    authorise(request, secret) {
      return secret === undefined ? request : { ...request, headers: { ...request.headers, ...credentialHeader(secret) } };
    },
  };
}

/** Entra ID's tokens are JSON Web Tokens and go as a bearer; a resource's key, which never looks like one, as `api-key`. */
function credentialHeader(secret: Secret): Readonly<Record<string, string>> {
  const value = secret.reveal();
  return JSON_WEB_TOKEN.test(value) ? { authorization: `Bearer ${value}` } : { 'api-key': value };
}

const JSON_WEB_TOKEN = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/;
