/** Whether an embedding is one: hosts have answered null, or an empty list, for what they could not embed. */
export function isVector(embedding: unknown): boolean {
  return (Array.isArray(embedding) || typeof embedding === 'string') && embedding.length > 0;
}
