/** What the configuration must know of a provider type. */
export interface VendorFacts {
  /** The `type` of `config.providers`; a provider of that name may leave its type out. */
  readonly type: string;
  /** Environment variable that holds the API key if the configuration gives none. */
  readonly apiKeyVariable: string | undefined;
  /** Further ones, tried in this order if that is not set. */
  readonly otherApiKeyVariables?: readonly string[] | undefined;
  /** False if a call can go out without an API key (local servers, default credentials). */
  readonly needsKey: boolean;
  /** Value of OpenTelemetry's `gen_ai.provider.name`, and the vendor whose prices apply. */
  readonly vendor: string;
  /** Base URL if the configuration gives none. */
  readonly baseURL?: string | undefined;
  /** True if a base URL must be configured, because the vendor has none for everybody. */
  readonly needsBaseURL?: boolean | undefined;
  /** Environment variables of the region, tried in this order, of a vendor whose address depends on it. */
  readonly regionVariables?: readonly string[] | undefined;
}
